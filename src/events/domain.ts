import { z } from 'zod'

/** What a plan can exercise: language, vision, speech-to-text, text-to-speech, speech-to-speech. */
export const domain = z.enum(['llm', 'vlm', 'stt', 'tts', 'sts'])
export type Domain = z.infer<typeof domain>
