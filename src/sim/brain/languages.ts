import type { Language } from './turn.ts'

interface Phrases {
  /** How the language is asked for, in its own words and in English. */
  asked: RegExp
  /** How a text in it is told from the others. */
  spoken: RegExp
  /** How a greeting in it begins. */
  greets: RegExp
  /** How a question after one's health sounds. */
  howAreYou: RegExp
  greeting: string
  fine: string
  unknown: string
}

/** What the engine can say in each language. */
export const PHRASES: Record<Language, Phrases> = {
  polish: {
    asked: /\bpolish\b|\bpo polsku\b|\bpolski(?:m|ego)?\b/i,
    spoken:
      /[ąćęłńśźż]|(?<!\p{L})(?:jest|jaka|jaki|ile|czy|jak|kto|gdzie|dlaczego|kiedy|nie|co)(?!\p{L})/iu,
    greets: /^(?:cześć|hej|witaj|witam|dzień dobry|dobry wieczór|siema)(?!\p{L})/iu,
    howAreYou: /\bjak się masz|\bco słychać/iu,
    greeting: 'Cześć! W czym mogę pomóc?',
    fine: 'Dobrze, dziękuję!',
    unknown: 'Nie wiem.',
  },
  french: {
    asked: /\bfrench\b|\bfrançais\b/i,
    spoken: /[àâçèêëîïôùûœ]|\b(?:quelle?|est|où|combien|qui|pourquoi|je|vous)\b/i,
    greets: /^(?:bonjour|bonsoir|salut|coucou)\b/i,
    howAreYou: /\bcomment (?:ça va|vas-tu|allez-vous)|\bça va/i,
    greeting: 'Bonjour ! Comment puis-je vous aider ?',
    fine: 'Je vais bien, merci !',
    unknown: 'Je ne sais pas.',
  },
  german: {
    asked: /\bgerman\b|\bdeutsch\b/i,
    spoken: /[äöüß]|\b(?:ist|wie|wer|wo|warum|welche[rs]?|der|das|und)\b/i,
    greets: /^(?:hallo|guten (?:tag|morgen|abend)|servus|moin)\b/i,
    howAreYou: /\bwie geht/i,
    greeting: 'Hallo! Wie kann ich Ihnen helfen?',
    fine: 'Mir geht es gut, danke!',
    unknown: 'Ich weiß es nicht.',
  },
  spanish: {
    asked: /\bspanish\b|\bespañol\b/i,
    spoken: /[ñ¿¡]|\b(?:cuál|qué|quién|dónde|cuánto|es|el|los)\b/i,
    greets: /^[¡\s]*(?:hola|buenos días|buenas (?:tardes|noches))(?!\p{L})/iu,
    howAreYou: /\bcómo estás|\bqué tal/i,
    greeting: '¡Hola! ¿En qué puedo ayudarle?',
    fine: '¡Muy bien, gracias!',
    unknown: 'No lo sé.',
  },
  chinese: {
    asked: /\bchinese\b|\bmandarin\b|中文|汉语|普通话/i,
    spoken: /\p{Script=Han}/u,
    greets: /^(?:你好|您好|嗨|早上好|晚上好)/,
    howAreYou: /你好吗|你怎么样/,
    greeting: '你好！有什么可以帮您？',
    fine: '我很好，谢谢！',
    unknown: '我不知道。',
  },
  english: {
    asked: /\benglish\b/i,
    spoken: /\b(?:the|is|what|who|how|a|an|please|in|of|to)\b/i,
    greets: /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings)\b/i,
    howAreYou: /\bhow are you|\bhow do you do/i,
    greeting: 'Hello! How can I help you?',
    fine: 'I am fine, thank you!',
    unknown: 'I do not know.',
  },
}

const LANGUAGES = Object.keys(PHRASES) as Language[]

/** The language that a text asks for, such as "Always answer in Polish". */
export function languageAskedFor(text: string): Language | undefined {
  return LANGUAGES.find((language) => PHRASES[language].asked.test(text))
}

/** The language that a text greets in. */
export function languageOfGreeting(text: string): Language | undefined {
  return LANGUAGES.find((language) => PHRASES[language].greets.test(text.trim()))
}

/** The language that a text is written in, by its letters and commonest words; English in doubt. */
export function languageOf(text: string): Language {
  const english = PHRASES.english.spoken.test(text)
  return (
    languageOfGreeting(text) ??
    LANGUAGES.find((language) => {
      // Short words are shared between languages; letters such as ł or 好 are not.
      return PHRASES[language].spoken.test(text) && !(english && /^[\p{ASCII}‘’“”]*$/u.test(text))
    }) ??
    'english'
  )
}
