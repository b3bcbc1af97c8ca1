/** What a text offers for filling in a form: its proper names and its numbers, in order. */
export interface Clues {
  /** Everything that was said, the answer included. */
  text: string
  /** The answer in words, for what nothing else fits. */
  answer: string
  names: string[]
  numbers: number[]
}

const NAME = /\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*)*/gu
const NUMBER = /(?<![\p{L}\d.])-?\d+(?:\.\d+)?(?![\p{L}\d])/gu
/** Words that begin with a capital for their place in the sentence only. */
const NO_NAMES = new Set(
  (
    'what which who whom whose where when why how is are was were do does did can could will would the a an ' +
    'this that these those i my your his her its our their he she it we they in on at from of to and or ' +
    'but please tell give use extract read write list name call find return answer reply set turn get ' +
    'put switch send make as hello hi json jaka jaki jakie jak ile czy gdzie podaj quelle quel quels combien donne'
  ).split(' '),
)

/** Reads the clues of a question and of the answer that the engine has for it. */
export function cluesOf(question: string, answer: string): Clues {
  const names = [...question.matchAll(NAME)].flatMap(([found]) => {
    const words = found.split(' ')
    while (words[0] !== undefined && NO_NAMES.has(words[0].toLowerCase())) words.shift()
    return words.length > 0 ? [words.join(' ')] : []
  })
  const numbers = [...question.matchAll(NUMBER)].map(([found]) => Number(found))
  return { text: `${question}\n${answer}`, answer, names: [...new Set(names)], numbers }
}

/** What the text says of a key: "capital of France is Paris", "city: Paris". */
export function saidOf(key: string, { text }: Clues): string | undefined {
  const words = wordsOf(key).map((word) => word.replaceAll(/[^\p{L}\p{N}]/gu, ''))
  if (words.length === 0 || words.some((word) => word === '')) return undefined
  const found = new RegExp(
    `(?<!\\p{L})${words.join('[ _-]')}(?: of [\\p{L} ]+?)?(?: is| to| est|:|=) ?["“]?([^"”.,;!?\\n]+)`,
    'iu',
  ).exec(text)
  return found?.[1]?.trim()
}

/** The words of a name such as `get_weather`, `getWeather` or `get-weather`. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .split(/[\s_.-]+/)
    .filter(Boolean)
    .map((word) => word.toLowerCase())
}
