// Names of companies, products and places from syllables: nobody real is meant.

const ONSETS = [
  'bal',
  'cor',
  'dun',
  'fen',
  'gal',
  'hal',
  'jor',
  'kel',
  'lor',
  'mar',
  'nor',
  'pel',
  'quin',
  'ran',
  'sol',
  'tal',
  'ul',
  'ver',
  'wex',
  'yor',
  'zan',
  'bri',
  'cle',
  'dra',
  'flo',
  'gri',
  'pla',
  'sta',
  'tri',
  'öst',
];
const MIDDLES = ['a', 'e', 'i', 'o', 'u', 'an', 'en', 'ir', 'ol', 'ur', 'ami', 'eli', 'ovi'];
const ENDS = [
  'dex',
  'fix',
  'gon',
  'lan',
  'mar',
  'nex',
  'ra',
  'ric',
  'ta',
  'tis',
  'ton',
  'va',
  'vex',
  'via',
  'x',
  'zon',
];
const FORMS = [
  'Group',
  'Systems',
  'Works',
  'Holdings',
  'Services',
  'Industries',
  'Labs',
  'Partners',
  'Logistics',
  'GmbH',
  'S.A.',
  'Ltd',
  'Inc',
  'AB',
  'Foods',
  'Energy',
  'Retail',
  'Health',
];
const CITIES = [
  'Altburg',
  'Brenville',
  'Corhaven',
  'Dunmere',
  'Estrup',
  'Falkenau',
  'Grönby',
  'Halvern',
  'Inverlee',
  'Jasmund',
  'Kestrel Bay',
  'Lindow',
  'Marville',
  'Norrby',
  'Ostheim',
  'Pellford',
  'Quarn',
  'Rosdal',
  'Stenby',
  'Tarn',
];

const capital = (word) => word[0].toUpperCase() + word.slice(1);

/** @param {import('../base/random.mjs').Random} random */
export function companyName(random) {
  const name = capital(random.pick(ONSETS) + random.pick(MIDDLES) + random.pick(ENDS));
  const second = random.chance(0.3) ? ` ${capital(random.pick(ONSETS) + random.pick(ENDS))}` : '';
  const form = random.pick(FORMS);
  // Commas, quotes and wide characters occur in real names, so they occur here.
  const pattern = random.weighted([
    ['plain', 80],
    ['comma', 12],
    ['quote', 4],
    ['and', 3],
    ['wide', 1],
  ]);
  if (pattern === 'comma') return `${name}${second}, ${form}`;
  if (pattern === 'quote') return `"${name}" ${form}`;
  if (pattern === 'and') return `${name} & ${capital(random.pick(ONSETS) + random.pick(ENDS))} ${form}`;
  if (pattern === 'wide') return `${name} 🚀 ${form}`;
  return `${name}${second} ${form}`;
}

export const city = (random) => random.pick(CITIES);
export const numbered = (word, n, digits) => `${word} ${String(n).padStart(digits, '0')}`;
