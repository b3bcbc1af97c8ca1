import { arithmetic } from './arithmetic.ts'
import { capitals } from './capitals.ts'
import { echo } from './echo.ts'
import { facts } from './facts.ts'
import { languageAskedFor, languageOf } from './languages.ts'
import { memory } from './memory.ts'
import { phrases } from './phrases.ts'
import { pictures } from './pictures.ts'
import { ignorance, smallTalk } from './small-talk.ts'
import { toolResult } from './tool-choice.ts'
import { translation } from './translation.ts'
import type { Rule, Turn } from './turn.ts'
import { counting, listing, summarising, writing } from './writing.ts'

/** Tried in this order; docs/simulator.md lists what each of them answers. */
const RULES: Rule[] = [
  toolResult,
  pictures,
  summarising,
  echo,
  translation,
  memory,
  arithmetic,
  counting,
  listing,
  writing,
  capitals,
  phrases,
  facts,
  smallTalk,
  ignorance,
]

const ONE_WORD =
  /\b(?:one|a single|single) word\b|\b(?:just|only)(?: with)? (?:the |a )?(?:number|answer|name|result|colou?r|digits?)\b|\bthe (?:number|answer) (?:only|alone)\b|\byes or no\b|\bjednym słowem|\ben un (?:seul )?mot|\bin einem wort|一个词/iu

/** Answers a conversation by fixed rules: the same turns and the same seed give the same text. */
export function reply(turns: readonly Turn[], seed: number): string {
  const plain = turns.map((turn) => ({ ...turn, text: turn.text.replaceAll('’', "'").trim() }))
  const last = plain.findLast(({ role }) => role === 'user')
  const system = plain.filter(({ role }) => role === 'system').map(({ text }) => text)
  const text = last?.text ?? ''
  const question = {
    text,
    pictures: last?.pictures ?? [],
    turns: plain,
    language: languageAskedFor(system.join('\n')) ?? languageOf(text),
    seed,
  }
  for (const rule of RULES) {
    const answer = rule(question)
    if (answer)
      return [...system, text].some((said) => ONE_WORD.test(said)) ? answer.core : answer.text
  }
  return ''
}
