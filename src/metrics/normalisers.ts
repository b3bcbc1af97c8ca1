import { normaliseEnglish } from './english.ts'
import { normaliseBasic } from './text.ts'

/** Whisper's two normalisers, the basic one also without diacritics, and none. */
export type NormaliserName = 'english' | 'basic' | 'basic-no-diacritics' | 'none'

const NORMALISERS: Record<NormaliserName, (text: string) => string> = {
  english: normaliseEnglish,
  basic: (text) => normaliseBasic(text),
  'basic-no-diacritics': (text) => normaliseBasic(text, { withoutDiacritics: true }),
  none: (text) => text,
}

/** A text as the named normaliser leaves it. */
export function normalise(text: string, name: NormaliserName): string {
  return NORMALISERS[name](text)
}
