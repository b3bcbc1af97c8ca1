import type { Language, Rule } from './turn.ts'

type Spoken = Extract<Language, 'english' | 'polish' | 'french' | 'chinese'>

const SPOKEN: Spoken[] = ['english', 'polish', 'french', 'chinese']

interface Phrase {
  /** How it is said or asked in each language. */
  heard: Record<Spoken, RegExp>
  say: Record<Spoken, string>
}

const PHRASES: Phrase[] = [
  {
    heard: {
      english: /^\W*thank(?:s| you)\b/i,
      polish: /^\P{L}*dzięk/iu,
      french: /^\W*merci\b/i,
      chinese: /^谢谢/,
    },
    say: {
      english: 'You are welcome.',
      polish: 'Nie ma za co.',
      french: 'Je vous en prie.',
      chinese: '不客气。',
    },
  },
  {
    heard: {
      english: /^\W*good ?bye\b/i,
      polish: /^\W*do widzenia/i,
      french: /^\W*au revoir\b/i,
      chinese: /^再见/,
    },
    say: {
      english: 'Goodbye!',
      polish: 'Do widzenia!',
      french: 'Au revoir !',
      chinese: '再见！',
    },
  },
  {
    heard: {
      english: /^\W*good ?night\b/i,
      polish: /^\W*dobranoc/i,
      french: /^\W*bonne nuit\b/i,
      chinese: /^晚安/,
    },
    say: { english: 'Good night!', polish: 'Dobranoc!', french: 'Bonne nuit !', chinese: '晚安！' },
  },
  {
    heard: {
      english: /\bwhat colou?r is the sky\b/i,
      polish: /\bjaki(?:ego)? kolor\p{L}* (?:ma|jest) niebo/iu,
      french: /\bcouleur (?:est le|du) ciel/i,
      chinese: /天空是什么颜色/,
    },
    say: {
      english: 'The sky is blue.',
      polish: 'Niebo jest niebieskie.',
      french: 'Le ciel est bleu.',
      chinese: '天空是蓝色的。',
    },
  },
  {
    heard: {
      english: /\bhow many days (?:are|is) (?:there )?in a week\b/i,
      polish: /\bile dni ma tydzień/i,
      french: /\bcombien de jours (?:y a-t-il )?dans une semaine/i,
      chinese: /一周有(?:几|多少)天/,
    },
    say: {
      english: 'There are 7 days in a week.',
      polish: 'Tydzień ma 7 dni.',
      french: 'Il y a 7 jours dans une semaine.',
      chinese: '一周有7天。',
    },
  },
]

/** Everyday phrases in English, Polish, French and Chinese: answered in the language that is asked for, else in their own. */
export const phrases: Rule = ({ text, language }) => {
  for (const { heard, say } of PHRASES) {
    const own = SPOKEN.find((one) => heard[one].test(text))
    if (!own) continue
    const wanted = SPOKEN.find((one) => one === language && one !== 'english') ?? own
    const core = /\d+|\p{L}+(?=\s?[.。!！]?$)/u.exec(say[wanted])?.[0] ?? say[wanted]
    return { text: say[wanted], core }
  }
  return null
}
