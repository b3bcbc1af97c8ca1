import { languageAskedFor, languageOfGreeting, PHRASES } from './languages.ts'
import type { Answer, Rule } from './turn.ts'

const ASKED_TO_GREET =
  /\b(?:say (?:hello|hi)|greet(?:ing)?\b|przywitaj|dis bonjour|sag hallo|di hola)|打招呼/iu
const WHO =
  /\bwho are you\b|\bwhat are you\b|\bintroduce yourself\b|\bkim jesteś|\bqui es-tu|你是谁/iu

/** Greetings, in the language that was asked for or greeted in, and what goes with them. */
export const smallTalk: Rule = ({ text, language }) => {
  if (WHO.test(text)) {
    return { text: 'I am the jarvis simulator, not a language model.', core: 'simulator' }
  }
  if (Object.values(PHRASES).some(({ howAreYou }) => howAreYou.test(text))) {
    return whole(languageOfGreeting(text) ? both(language) : PHRASES[language].fine)
  }
  if (ASKED_TO_GREET.test(text)) return whole(PHRASES[languageAskedFor(text) ?? language].greeting)
  if (languageOfGreeting(text)) return whole(PHRASES[language].greeting)
  return null
}

/** The last resort: says that it does not know. */
export const ignorance: Rule = ({ language }) => ({
  text: PHRASES[language].unknown,
  core: 'Unknown',
})

function both(language: keyof typeof PHRASES): string {
  const { greeting, fine } = PHRASES[language]
  return `${greeting} ${fine}`
}

function whole(text: string): Answer {
  return { text, core: /[\p{L}]+/u.exec(text)?.[0] ?? text }
}
