import type { Answer, Language, Rule } from './turn.ts'

const CAPITALS: Record<string, string> = {
  Argentina: 'Buenos Aires',
  Australia: 'Canberra',
  Austria: 'Vienna',
  Belgium: 'Brussels',
  Brazil: 'Brasília',
  Canada: 'Ottawa',
  Chile: 'Santiago',
  China: 'Beijing',
  Croatia: 'Zagreb',
  Cuba: 'Havana',
  'Czech Republic': 'Prague',
  Czechia: 'Prague',
  Denmark: 'Copenhagen',
  Egypt: 'Cairo',
  England: 'London',
  Finland: 'Helsinki',
  France: 'Paris',
  Germany: 'Berlin',
  Greece: 'Athens',
  Hungary: 'Budapest',
  Iceland: 'Reykjavik',
  India: 'New Delhi',
  Ireland: 'Dublin',
  Italy: 'Rome',
  Japan: 'Tokyo',
  Kenya: 'Nairobi',
  Lithuania: 'Vilnius',
  Mexico: 'Mexico City',
  Netherlands: 'Amsterdam',
  Norway: 'Oslo',
  Peru: 'Lima',
  Poland: 'Warsaw',
  Portugal: 'Lisbon',
  Russia: 'Moscow',
  Slovakia: 'Bratislava',
  'South Korea': 'Seoul',
  Spain: 'Madrid',
  Sweden: 'Stockholm',
  Switzerland: 'Bern',
  Turkey: 'Ankara',
  Ukraine: 'Kyiv',
  'United Kingdom': 'London',
  'United States': 'Washington, D.C.',
  Vietnam: 'Hanoi',
}

/** The country as it stands after "the capital of", and its capital. */
type Row = [country: string, capital: string]

const ABROAD: Partial<Record<Language, { asked: RegExp; rows: Row[]; say: (row: Row) => string }>> =
  {
    polish: {
      asked: /\bstolic[aąęy]/iu,
      rows: [
        ['Polski', 'Warszawa'],
        ['Francji', 'Paryż'],
        ['Niemiec', 'Berlin'],
        ['Hiszpanii', 'Madryt'],
        ['Włoch', 'Rzym'],
        ['Czech', 'Praga'],
        ['Chin', 'Pekin'],
        ['Japonii', 'Tokio'],
      ],
      say: ([country, capital]) => `Stolica ${country} to ${capital}.`,
    },
    french: {
      asked: /\bcapitale\b/iu,
      rows: [
        ['de la France', 'Paris'],
        ['de la Pologne', 'Varsovie'],
        ["de l'Allemagne", 'Berlin'],
        ["de l'Espagne", 'Madrid'],
        ["de l'Italie", 'Rome'],
        ['de la Chine', 'Pékin'],
        ['du Japon', 'Tokyo'],
      ],
      say: ([country, capital]) => `La capitale ${country} est ${capital}.`,
    },
    chinese: {
      asked: /首都/,
      rows: [
        ['法国', '巴黎'],
        ['波兰', '华沙'],
        ['德国', '柏林'],
        ['西班牙', '马德里'],
        ['意大利', '罗马'],
        ['中国', '北京'],
        ['日本', '东京'],
      ],
      say: ([country, capital]) => `${country}的首都是${capital}。`,
    },
  }

const OF = /\bcapital(?: city)? of (?:the )?([\p{L} ]+)/iu
const WHOSE = /\b([\p{L} ]+)'s capital\b/iu
const IS = /\bis ([\p{L}., ]+?) the capital(?: city)? of\b/iu

/** "What is the capital of France?", "Is Paris the capital of France?", and in Polish, French and Chinese. */
export const capitals: Rule = ({ text }) => {
  for (const { asked, rows, say } of Object.values(ABROAD)) {
    const row = asked.test(text) && rows.find(([country]) => mentions(text, country))
    if (row) return { text: say(row), core: row[1] }
  }
  const place = (OF.exec(text) ?? WHOSE.exec(text))?.[1]
  const country = place && Object.keys(CAPITALS).find((name) => mentions(place, name))
  if (!country) return null
  const capital = CAPITALS[country] ?? ''
  const claimed = IS.exec(text)?.[1]
  return claimed
    ? verdict(claimed, country, capital)
    : { text: fact(country, capital), core: capital }
}

function verdict(claimed: string, country: string, capital: string): Answer {
  const core = mentions(claimed, capital) ? 'Yes' : 'No'
  const sentence = fact(country, capital)
  return { text: `${core}, ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`, core }
}

function fact(country: string, capital: string): string {
  const article = /^(?:Netherlands|United|Czech R)/.test(country) ? 'the ' : ''
  return `The capital of ${article}${country} is ${capital.replace(/\.$/, '')}.`
}

function mentions(text: string, name: string): boolean {
  return text.toLowerCase().includes(name.toLowerCase())
}
