import type { Answer, Rule } from './turn.ts'

const COLOURS: Record<string, string> = {
  sky: 'blue',
  sea: 'blue',
  grass: 'green',
  snow: 'white',
  blood: 'red',
  coal: 'black',
  banana: 'yellow',
  lemon: 'yellow',
  strawberry: 'red',
}
const COUNTS: [parts: string, whole: string, count: number][] = [
  ['days', 'a week', 7],
  ['days', 'a year', 365],
  ['months', 'a year', 12],
  ['weeks', 'a year', 52],
  ['hours', 'a day', 24],
  ['minutes', 'an hour', 60],
  ['seconds', 'a minute', 60],
  ['legs', 'a spider', 8],
  ['legs', 'a dog', 4],
  ['letters', 'the English alphabet', 26],
  ['planets', 'the solar system', 8],
  ['continents', 'the world', 7],
]
const FACTS: [asked: RegExp, text: string, core: string][] = [
  [/\blargest planet|\bbiggest planet/i, 'The largest planet is Jupiter.', 'Jupiter'],
  [/\bwrote (?:hamlet|romeo)/i, 'William Shakespeare wrote it.', 'Shakespeare'],
  [/\bwater boil|\bboiling point of water/i, 'Water boils at 100 degrees Celsius.', '100'],
  [/\bwater freeze|\bfreezing point of water/i, 'Water freezes at 0 degrees Celsius.', '0'],
  [/\bopposite of hot\b/i, 'The opposite of hot is cold.', 'cold'],
  [/\bopposite of (?:big|large)\b/i, 'The opposite of big is small.', 'small'],
  [/\bchemical (?:symbol|formula) (?:for|of) water\b/i, 'The formula of water is H2O.', 'H2O'],
  [/\btallest mountain|\bhighest mountain/i, 'The highest mountain is Mount Everest.', 'Everest'],
  [/\bfirst (?:man|person) on the moon/i, 'Neil Armstrong was the first.', 'Armstrong'],
  [/\blanguage\b.*\bspoken? in brazil/i, 'Portuguese is spoken in Brazil.', 'Portuguese'],
]
const COLOUR_OF = /\b(?:what|which) colou?r (?:is|are|has) (?:the |an? )?(\p{L}+)/iu
const HOW_MANY = /\bhow many (\p{L}+)\b(.*)/iu

/** A handful of things that everybody knows. */
export const facts: Rule = ({ text }) => colourOf(text) ?? howMany(text) ?? otherFact(text)

function colourOf(text: string): Answer | null {
  const asked = COLOUR_OF.exec(text)?.[1]?.toLowerCase()
  const thing = [asked, asked?.replace(/s$/, '')].find(
    (name) => name && Object.hasOwn(COLOURS, name),
  )
  const core = thing && COLOURS[thing]
  return core ? { text: `The ${thing} is ${core}.`, core } : null
}

function howMany(text: string): Answer | null {
  const [, asked = '', rest = ''] = HOW_MANY.exec(text) ?? []
  const found = COUNTS.find(
    ([parts, whole]) => parts === asked.toLowerCase() && mentions(rest, whole),
  )
  if (!found) return null
  const [parts, whole, count] = found
  const core = String(count)
  return parts === 'legs'
    ? { text: `${capital(whole)} has ${count} legs.`, core }
    : { text: `There are ${count} ${parts} in ${whole}.`, core }
}

function otherFact(text: string): Answer | null {
  const found = FACTS.find(([asked]) => asked.test(text))
  return found ? { text: found[1], core: found[2] } : null
}

/** Also "in one week", "does the dog have", "of the alphabet". */
function mentions(text: string, whole: string): boolean {
  return text.toLowerCase().includes(whole.split(' ').at(-1) ?? whole)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
