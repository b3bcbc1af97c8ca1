import { rate } from '../../metrics/index.ts'
import { type Fields, fieldsOf, listOf, numberOf, textOf } from './fields.ts'
import { type ToldCalls, toldCalls } from './tool-calls.ts'
import { sentenceOf, toldError } from './told-error.ts'

/** Tokens as somebody counted them; null what was not told. */
export interface Counts {
  prompt: number | null
  output: number | null
}

/** An engine's own numbers: tokens a second and seconds. */
export interface EngineNumbers {
  decode_tps: number | null
  prompt_tps: number | null
  load_time: number | null
}

/** What a chunk, a line or a whole body says, whichever protocol it is of. */
export interface Said {
  choices: SaidChoice[]
  /** What went wrong, in the server's words. */
  error: string | null
  usage: Counts | null
  engineCounts: Counts | null
  engine: EngineNumbers | null
  /** It says that nothing more comes. */
  isLast: boolean
}

/** What the server did, and its own words. */
export interface Broken {
  what: string
  quote: string
}

export const REPORTED = 'reported an error in its reply'

/** What it says of one choice. */
export interface SaidChoice {
  index: number
  text: string
  reasoning: string
  calls: ToldCalls | null
  /** Why the choice ended; null while it goes on. */
  finish: string | null
  /** What the server said where that is no good end; null otherwise. */
  broken: Broken | null
  /** A whole message, not a part of one. */
  isMessage: boolean
  /** It holds a message or a part of one, if only an empty one. */
  isReply: boolean
}

const NANOSECONDS = 1e9

/** Reads a value of OpenAI's protocol or of Ollama's. A list is several of them. */
export function saidOf(value: unknown): Said[] {
  return listOf(value)
    .map(fieldsOf)
    .map((fields) => {
      const isOllama = !('choices' in fields) && ('done' in fields || 'message' in fields)
      const error = toldError(fields)
      return isOllama ? { ...ofOllama(fields), error } : { ...ofOpenai(fields), error }
    })
}

/** `chat.completion` and `chat.completion.chunk` (OpenAI API reference). */
function ofOpenai(fields: Fields): Omit<Said, 'error'> {
  const choices = listOf(fields['choices']).filter((one) => typeof one === 'object')
  // Groq and Moonshot had the usage elsewhere.
  const usages = [
    fields['usage'],
    fieldsOf(fields['x_groq'])['usage'],
    ...choices.map((choice) => fieldsOf(choice)['usage']),
  ]
  const timings = fieldsOf(fields['timings'])
  const prompt = known(timings['prompt_n'])
  return {
    choices: choices.map((choice) => choiceOf(fieldsOf(choice))),
    usage: usages.map(usageOf).find((counts) => counts !== null) ?? null,
    // llama.cpp: `prompt_n` leaves out the `cache_n` tokens that it remembered.
    engineCounts: countsOf(
      prompt === null ? null : prompt + (numberOf(timings['cache_n']) ?? 0),
      known(timings['predicted_n']),
    ),
    engine: engineOf(known(timings['predicted_per_second']), known(timings['prompt_per_second'])),
    isLast: false,
  }
}

function choiceOf(choice: Fields): SaidChoice {
  const { delta, message, text, index } = choice
  const forms = [
    { ...partOf(fieldsOf(delta)), isMessage: false },
    { ...partOf(fieldsOf(message)), isMessage: true },
    { ...partOf({ content: text }), isMessage: false },
  ]
  const said = forms.find((form) => form.text + form.reasoning !== '' || form.calls !== null)
  const finish = finishOf(choice['finish_reason'])
  const error = toldError({ error: choice['error'] ?? fieldsOf(delta)['error'] })
  return {
    index: numberOf(index) ?? 0,
    ...(said ?? { text: '', reasoning: '', calls: null, isMessage: isThere(message) }),
    finish: finish.reason,
    broken: error === null ? finish.broken : { what: REPORTED, quote: error },
    isReply: [delta, message, text, finish.reason].some(isThere),
  }
}

/** A line of `POST /api/chat` (Ollama `docs/api.md`); durations are nanoseconds, absent when zero. */
function ofOllama(fields: Fields): Omit<Said, 'error'> {
  const { message, response, done, eval_count, prompt_eval_count } = fields
  const content = message ?? (textOf(response) === null ? undefined : { content: response })
  const finish = finishOf(fields['done_reason'])
  const output = known(eval_count)
  const prompt = known(prompt_eval_count)
  const isReply = content !== undefined || done === true
  const choice: SaidChoice = {
    index: 0,
    ...partOf(fieldsOf(content)),
    finish: done === true ? (finish.reason ?? 'stop') : null,
    broken: done === true ? finish.broken : null,
    isMessage: !('done' in fields),
    isReply,
  }
  return {
    choices: isReply ? [choice] : [],
    usage: null,
    engineCounts: countsOf(prompt, output),
    engine: engineOf(
      rate(output, seconds(fields['eval_duration'])),
      rate(prompt, seconds(fields['prompt_eval_duration'])),
      seconds(fields['load_duration']),
    ),
    isLast: done === true,
  }
}

/** A message, or the part of one that a chunk brings. */
function partOf(fields: Fields): Pick<SaidChoice, 'text' | 'reasoning' | 'calls'> {
  const { text, reasoning } = contentOf(fields['content'])
  const refusal = contentOf(fields['refusal']).text
  return {
    text: text + refusal,
    reasoning: reasoningOf(fields) + reasoning,
    calls: toldCalls(fields),
  }
}

/** Where servers tell what the model thinks; the same is told in several of them at once. */
const REASONING = [
  'reasoning_content',
  'reasoning',
  'thinking',
  'thinking_content',
  'reasoning_text',
  'thought',
  'reasoning_details',
]

function reasoningOf(fields: Fields): string {
  for (const key of REASONING) {
    const { text, reasoning } = contentOf(fields[key])
    if (text + reasoning !== '') return reasoning + text
  }
  return ''
}

/** A text, or a list of parts of which some are thoughts (Mistral, OpenRouter). */
function contentOf(content: unknown): { text: string; reasoning: string } {
  const parts = listOf(content).map((part) => {
    if (typeof part === 'string') return { text: part, reasoning: '' }
    const fields = fieldsOf(part)
    const type = textOf(fields['type']) ?? ''
    const thought = ['thinking', 'reasoning'].flatMap((key) => allTexts(fields[key])).join('')
    if (thought !== '') return { text: '', reasoning: thought }
    const text = ['text', 'content', 'refusal', 'summary', 'value']
      .map((key) => allTexts(fields[key]).join(''))
      .find((one) => one !== '')
    const isThought = /think|reason/iu.test(type)
    return isThought ? { text: '', reasoning: text ?? '' } : { text: text ?? '', reasoning: '' }
  })
  return {
    text: parts.map(({ text }) => text).join(''),
    reasoning: parts.map(({ reasoning }) => reasoning).join(''),
  }
}

function allTexts(value: unknown): string[] {
  return listOf(value).flatMap((one) => {
    if (typeof one === 'string') return [one]
    const { text, content, value: held } = fieldsOf(one)
    return [textOf(text) ?? textOf(content) ?? textOf(held) ?? '']
  })
}

/** Ends that are none: the server gave up. */
const BROKEN_ENDS =
  /^(?:error|abort(?:ed)?|cancell?ed|failed|failure|timeout|.*_error|insufficient_system_resource|malformed_function_call)$/iu

function finishOf(value: unknown): { reason: string | null; broken: Broken | null } {
  // SGLang's own form is an object.
  const told = fieldsOf(value)
  const reason = textOf(told['type'] ?? value)?.trim() ?? ''
  if (reason === '' || reason === 'null') return { reason: null, broken: null }
  if (!BROKEN_ENDS.test(reason)) return { reason, broken: null }
  const quote = 'message' in told ? sentenceOf(told) : ''
  return { reason, broken: { what: `ended its reply with the reason "${reason}"`, quote } }
}

/** `usage`, under the names of OpenAI's both protocols. */
function usageOf(value: unknown): Counts | null {
  const { prompt_tokens, completion_tokens, input_tokens, output_tokens } = fieldsOf(value)
  return countsOf(
    numberOf(prompt_tokens ?? input_tokens),
    numberOf(completion_tokens ?? output_tokens),
  )
}

function countsOf(prompt: number | null, output: number | null): Counts | null {
  return prompt === null && output === null ? null : { prompt, output }
}

function engineOf(
  decode_tps: number | null,
  prompt_tps: number | null,
  load_time: number | null = null,
): EngineNumbers | null {
  if (decode_tps === null && prompt_tps === null && load_time === null) return null
  return { decode_tps, prompt_tps, load_time }
}

/** What an engine counted or measured; 0 is what it did not. */
function known(value: unknown): number | null {
  const number = numberOf(value)
  return number !== null && number > 0 ? number : null
}

function seconds(value: unknown): number | null {
  const nanoseconds = known(value)
  return nanoseconds === null ? null : nanoseconds / NANOSECONDS
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}
