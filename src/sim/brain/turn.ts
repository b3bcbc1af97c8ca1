/** Something plain in a picture, with the rectangle around it in pixels. */
export interface Shape {
  kind: 'circle' | 'square' | 'rectangle' | 'triangle' | 'line' | 'shape'
  colour: string
  x: number
  y: number
  width: number
  height: number
}

/** A word that was read in a picture, with the rectangle around it in pixels. */
export interface Word {
  text: string
  x: number
  y: number
  width: number
  height: number
}

/** What was seen in a picture. */
export interface Picture {
  /** Pixels. */
  width: number
  height: number
  /** The name of the colour that most pixels have. */
  colour: string
  /** From left to right. */
  shapes: readonly Shape[]
  /** Line by line. */
  words: readonly Word[]
}

/** One message of a conversation. */
export interface Turn {
  role: 'system' | 'user' | 'assistant' | 'tool'
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
