import { languageAskedFor } from './languages.ts'
import type { Language, Rule } from './turn.ts'

type Abroad = Exclude<Language, 'english'>

const DICTIONARY: Record<string, Record<Abroad, string>> = {
  'good morning': row('Dzień dobry', 'Bonjour', 'Guten Morgen', 'Buenos días', '早上好'),
  'good night': row('Dobranoc', 'Bonne nuit', 'Gute Nacht', 'Buenas noches', '晚安'),
  'thank you': row('Dziękuję', 'Merci', 'Danke', 'Gracias', '谢谢'),
  goodbye: row('Do widzenia', 'Au revoir', 'Auf Wiedersehen', 'Adiós', '再见'),
  hello: row('Cześć', 'Bonjour', 'Hallo', 'Hola', '你好'),
  yes: row('Tak', 'Oui', 'Ja', 'Sí', '是'),
  no: row('Nie', 'Non', 'Nein', 'No', '不'),
}

/** "Translate "good morning" into Polish", "How do you say thank you in French?" */
export const translation: Rule = ({ text }) => {
  const said =
    /\btranslate\b:?\s+(.+)/isu.exec(text)?.[1] ?? /\bhow do you say\b(.+)/isu.exec(text)?.[1]
  const language = said && languageAskedFor(said)
  if (!said || !language || language === 'english') return null
  const phrase = Object.keys(DICTIONARY).find((known) =>
    new RegExp(`\\b${known}\\b`, 'i').test(said),
  )
  const core = phrase && DICTIONARY[phrase]?.[language]
  return core ? { text: core, core } : null
}

function row(
  polish: string,
  french: string,
  german: string,
  spanish: string,
  chinese: string,
): Record<Abroad, string> {
  return { polish, french, german, spanish, chinese }
}
