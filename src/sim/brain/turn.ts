/** What was seen in a picture. */
export interface Picture {
  /** Pixels. */
  width: number
  height: number
  /** The name of the colour that most pixels have. */
  colour: string
}

/** One message of a conversation. */
export interface Turn {
  role: 'system' | 'user' | 'assistant'
  text: string
  pictures: Picture[]
}

/** What a rule reads. */
export interface Question {
  /** The last thing the user said. */
  text: string
  pictures: Picture[]
  /** The whole conversation, the last turn included. */
  turns: readonly Turn[]
  /** The language that was asked for, else that of the question. */
  language: Language
  seed: number
}

/** A sentence, and what it comes down to when one word is wanted. */
export interface Answer {
  text: string
  core: string
}

/** Answers a question, or leaves it to the next rule. */
export type Rule = (question: Question) => Answer | null

export type Language = 'english' | 'polish' | 'french' | 'german' | 'spanish' | 'chinese'
