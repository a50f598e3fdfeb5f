# Writes a file's bytes as C: cmake -D NAME=native_zones -D FROM=perly_zones.bin -D TO=zones.c -P embed.cmake
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(................................................)" "\\1\n" lines "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " numbers "${lines}")
file(WRITE ${TO} "#include \"embedded.h\"\n\nstatic const unsigned char BYTES[] = {\n${numbers}};\n
const char *${NAME}(void)\n{\n    return (const char *)BYTES;\n}\n
size_t ${NAME}_length(void)\n{\n    return sizeof BYTES;\n}\n")
