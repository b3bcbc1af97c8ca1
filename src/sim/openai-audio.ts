import { languageOf } from './brain/languages.ts'
import { numberOf, requiredText, textOf } from './fields.ts'
import { cut, readBody, readJson, RequestError, send, type Exchange } from './http.ts'
import { infer, requireModel, type Run, type Simulator } from './inference.ts'
import { pace, until } from './pace.ts'
import type { Utterance } from './speech/listen.ts'
import type { Recording } from './speech/wav.ts'

/** Seconds of audio that count as one token. */
const AUDIO_TOKEN_S = 0.25
/** As OpenAI's. */
const MAX_INPUT = 4096

/** POST /v1/audio/speech. */
export async function speech(sim: Simulator, exchange: Exchange): Promise<void> {
  const body = await readJson(exchange.request)
  const model = requiredText(body, 'model')
  requireModel(sim, model, `The model '${model}' does not exist.`)
  const input = requiredText(body, 'input')
  if (input.length > MAX_INPUT) {
    throw new RequestError(400, `'input' is longer than ${MAX_INPUT} characters.`, {
      param: 'input',
    })
  }
  textOf(body, 'voice')
  const speed = numberOf(body, 'speed', 0.25, 4) ?? 1
  const format = formatOf(textOf(body, 'response_format') ?? 'wav', ['wav', 'pcm'])
  await infer(sim, exchange, undefined, (run) => sendSpeech(exchange, run, input, speed, format))
}

async function sendSpeech(
  exchange: Exchange,
  run: Run,
  input: string,
  speed: number,
  format: string,
): Promise<void> {
  const { response } = exchange
  const [{ SAMPLE_RATE, speak, speechLength }, { wavHeader }] = await Promise.all([
    import('./speech/modem.ts'),
    import('./speech/wav.ts'),
  ])
  const length = speechLength(input, speed)
  exchange.note = `characters=${input.length} audio=${(length / SAMPLE_RATE).toFixed(2)} s`
  response.writeHead(200, { 'content-type': format === 'wav' ? 'audio/wav' : 'audio/pcm' })
  response.flushHeaders()
  if (format === 'wav') response.write(wavHeader(length, SAMPLE_RATE))
  let sent = 0
  for await (const block of pace(speak(input, speed, AUDIO_TOKEN_S * SAMPLE_RATE), run.tempo)) {
    const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
    if (run.torn && sent === 1) return cut(response, bytes.subarray(0, bytes.length >> 1))
    response.write(bytes)
    sent += 1
  }
  response.end()
}

/** POST /v1/audio/transcriptions. */
export async function transcriptions(sim: Simulator, exchange: Exchange): Promise<void> {
  const form = await formOf(exchange)
  const model = fieldOf(form, 'model')
  if (!model) throw new RequestError(400, 'you must provide a model parameter', { param: 'model' })
  requireModel(sim, model, `The model '${model}' does not exist.`)
  const given = fieldOf(form, 'response_format') ?? 'json'
  const format = formatOf(given, ['json', 'text', 'verbose_json'])
  const recording = await recordingOf(form)
  const seconds = recording.samples.length / recording.rate
  await infer(sim, exchange, undefined, async (run) => {
    const { listen } = await import('./speech/listen.ts')
    const heard = listen(recording.samples, recording.rate)
    const text = heard.map((utterance) => utterance.text).join(' ')
    const { start, ttft, rate } = run.tempo
    await until(start + (ttft + seconds / AUDIO_TOKEN_S / rate) * 1000)
    exchange.note = `audio=${seconds.toFixed(2)} s characters=${text.length}`
    const language = fieldOf(form, 'language') ?? languageOf(text)
    const body = {
      json: JSON.stringify({ text, usage: { type: 'duration', seconds: Math.ceil(seconds) } }),
      text: `${text}\n`,
      verbose_json: JSON.stringify(verbose(heard, text, seconds, language)),
    }[format]
    const type = format === 'text' ? 'text/plain' : 'application/json'
    send(exchange.response, 200, `${type}; charset=utf-8`, body, run.torn)
  })
}

async function formOf({ request }: Exchange): Promise<FormData> {
  const type = request.headers['content-type'] ?? ''
  const body = await readBody(request)
  try {
    return await new Response(new Uint8Array(body), {
      headers: { 'content-type': type },
    }).formData()
  } catch {
    throw new RequestError(400, 'The body must be multipart/form-data with a file and a model.')
  }
}

function fieldOf(form: FormData, name: string): string | undefined {
  const value = form.get(name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

async function recordingOf(form: FormData): Promise<Recording> {
  const file = form.get('file')
  if (file === null || typeof file === 'string') {
    throw new RequestError(400, 'you must provide a file parameter', { param: 'file' })
  }
  const { readWav, WavError } = await import('./speech/wav.ts')
  try {
    return readWav(Buffer.from(await file.arrayBuffer()))
  } catch (thrown) {
    if (!(thrown instanceof WavError)) throw thrown
    const message = `${thrown.message} The simulator reads uncompressed WAV files only.`
    throw new RequestError(400, message, { param: 'file', code: 'invalid_file_format' })
  }
}

function verbose(heard: Utterance[], text: string, duration: number, language: string) {
  const segments = heard.map((utterance, id) => ({
    id,
    seek: Math.round(utterance.start * 100),
    start: utterance.start,
    end: utterance.end,
    text: utterance.text,
    tokens: [],
    temperature: 0,
    avg_logprob: 0,
    compression_ratio: 1,
    no_speech_prob: 0,
  }))
  return { task: 'transcribe', language, duration, text, segments }
}

function formatOf<T extends string>(given: string, known: readonly T[]): T {
  const found = known.find((format) => format === given)
  if (found) return found
  const message = `The simulator has the response formats ${known.join(', ')}, not '${given}'.`
  throw new RequestError(400, message, { param: 'response_format' })
}
