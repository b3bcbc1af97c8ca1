import type { Rule } from './turn.ts'

const NAMED =
  /(?:\bmy name is|\bi(?:'m| am) called|\bcall me|\bmam na imię|\bnazywam się|\bje m'appelle|\bich heiße|\bme llamo|我叫|我的名字是)\s*(.+)/iu
const MINE = /\bmy ([\p{L}\d][\p{L}\d' -]{0,40}?) is (.+)/iu
const GIVEN =
  /\bthe ((?:secret |magic |pass|code ?)(?:word|number|code|phrase)|password|secret|passphrase|code) is (.+)/iu
const TOLD =
  /\b(?:remember|note)\b(?: that)? (?:this |the )?([\p{L} ]{1,40}?)(?:\s*[:=]| is) (.+)/iu
const TOLD_BARE = /\bremember (?:this |the )([\p{L} ]{0,30}(?:word|number|code|name))\s+(\S+)/iu

const NAME_ASKED =
  /\bwho am i\b|\bjak mam na imię|\bjak się nazywam|\bcomment je m'appelle|\bquel est mon nom|\bwie heiße ich|\bcómo me llamo|我叫什么|我的名字是什么/iu
const MINE_ASKED =
  /\b(?:what(?:'s| is| was)|tell me|do you (?:still )?(?:remember|know)|remind me of)\s+my ([\p{L}\d' -]{1,40}?)\s*(?:[?.!,]|$|again\b)/iu
const GIVEN_ASKED =
  /\b(?:what(?:'s| is| was)|tell me|do you (?:still )?(?:remember|know)|repeat)\s+the ([\p{L}\d' -]{1,40}?)\s*(?:[?.!,]|$|again\b|that i\b|i (?:told|gave)\b)/iu

/** Answers what the user said earlier, and acknowledges what the user says now. */
export const memory: Rule = ({ text, turns }) => {
  const said = turns.filter(({ role }) => role === 'user').flatMap((turn) => sentences(turn.text))
  const known = new Map(said.flatMap(statement))
  const asked = keyAsked(text)
  if (asked) {
    const value = known.get(asked)
    if (value !== undefined) return { text: `${capital(asked)} is ${value}.`, core: value }
    if (asked.startsWith('your ')) {
      return { text: `You have not told me ${asked}.`, core: 'unknown' }
    }
  }
  const [key, value] = sentences(text).flatMap(statement).at(-1) ?? []
  if (key === undefined || value === undefined) return null
  if (key === 'your name') return { text: `Nice to meet you, ${value}.`, core: value }
  return { text: `I will remember that ${key} is ${value}.`, core: 'OK' }
}

function keyAsked(text: string): string | undefined {
  if (NAME_ASKED.test(text)) return 'your name'
  const mine = MINE_ASKED.exec(text)?.[1]
  if (mine) return keyOf('your', mine)
  const given = GIVEN_ASKED.exec(text)?.[1]
  return given && keyOf('the', given)
}

function sentences(text: string): string[] {
  return text.split(/(?<=[.!?;])\s+|(?<=[。！？])|\n+|,? and (?=my\b)/u)
}

function statement(sentence: string): [string, string][] {
  if (/[?？]\s*$/.test(sentence)) return []
  const name = NAMED.exec(sentence)?.[1]
  if (name) return entry('your name', name)
  const [, mine, its] = MINE.exec(sentence) ?? []
  if (mine && its) return entry(keyOf('your', mine), its)
  const [, given, value] =
    GIVEN.exec(sentence) ?? TOLD.exec(sentence) ?? TOLD_BARE.exec(sentence) ?? []
  return given && value ? entry(keyOf('the', given), value) : []
}

function entry(key: string, said: string): [string, string][] {
  const value = said
    .split(/,|\s-\s|\s+(?:and|but)\s+(?:i|you|please)\b/iu)[0]
    ?.replaceAll(/^["'“„«*\s]+|["'”“»*.!;。！\s]+$/gu, '')
  return value ? [[key, value]] : []
}

/** British and American spelling name the same thing. */
function keyOf(whose: string, what: string): string {
  const thing = what.toLowerCase().trim().replaceAll('favorite', 'favourite')
  return `${whose} ${thing.replaceAll('color', 'colour').replaceAll('codeword', 'code word')}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
