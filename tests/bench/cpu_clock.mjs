// Loaded before a peer by `bench.mjs --cpu`: its clock tells the time that its thread had the processor, so that other
// processes of a busy machine do not count. Worker threads (garbage collection, compilation) do not count either.
performance.now = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
