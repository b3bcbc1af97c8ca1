import { isKnownDomain, type KnownDomain } from '../../events/domain.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import {
  characterCount,
  measureAudio,
  rate,
  realTimeFactors,
  wordCount,
} from '../../metrics/index.ts'
import { numberOf } from './json-values.ts'
import { mediaFile } from './places.ts'
import type { ReportedResult } from './types.ts'

/** A longer file is not read for its length. */
const LARGEST_AUDIO_BYTES = 64 * 1024 * 1024
/** Results of many loadouts are of the same few recordings. */
const MOST_KNOWN_LENGTHS = 1_000

/**
 * Computes what a result of a session does not state itself. `foreign`: the only time that it tells is its
 * duration, which stands for that of the request.
 */
export type Derive = (
  result: ScenarioResult,
  foreign: boolean,
) => ReportedResult | Promise<ReportedResult>

/** Whether a file has to be looked at for what a result does not state. */
export function needsFile(result: ScenarioResult): boolean {
  return lacksLength(result.metrics) && audioFile(result) !== null
}

/** Nothing, for the many. */
const NONE: string[] = []

/**
 * Metrics that are computed from what is there where they are missing: the length of audio, RTF and rates. `isOfTexts`:
 * also those that texts are counted for. A result is not copied: it gets what is computed.
 */
export function deriverOf(directory: string, { isOfTexts = true } = {}): Derive {
  const lengths = new Map<string, number | null>()

  const learn = async (file: string): Promise<void> => {
    const length = await readLength(directory, file)
    if (lengths.size >= MOST_KNOWN_LENGTHS) lengths.clear()
    lengths.set(file, length)
  }

  const derive: Derive = (result, foreign) => {
    let { metrics } = result
    let derived = NONE
    // So nearly all results are, of which there may be very many.
    if (!isOfTexts && tellsAll(result)) return withNothing(result)
    const known = (key: string): number | null => numberOf(metrics[key])
    const add = (key: string, compute: () => number | null): void => {
      if (known(key) !== null || typeof metrics[key] === 'string') return
      const value = compute()
      if (value === null) return
      if (derived === NONE) [metrics, derived] = [{ ...metrics }, []]
      metrics[key] = value
      derived.push(key)
    }
    const ran = result.status === 'PASSED' || result.status === 'FAILED'
    if (!ran) return Object.assign(result, { derived })
    const whole = foreign ? result.duration : null

    const audio = audioFile(result)
    if (audio !== null && lacksLength(metrics)) {
      const length = lengths.get(audio)
      if (length === undefined) return learn(audio).then(() => derive(result, foreign))
      add('audio_seconds', () => length)
    }
    const kind = kindOf(result)
    const processing = known(PROCESSING[kind ?? 'llm'] ?? '') ?? whole
    if (processing !== null && hasFactors(kind)) {
      const factors = realTimeFactors([{ processing, audio: known('audio_seconds') }])
      add('rtf', () => factors.rtf)
      add('rtfx', () => factors.rtfx)
    }
    const e2el = known('e2el') ?? whole
    if (e2el !== null && isChat(kind)) {
      const text = result.output_text
      if (text !== null && isOfTexts) {
        add('wps', () => rate(wordCount(text), e2el))
        add('cps', () => rate(characterCount(text), e2el))
      }
      add('tps', () => rate(known('output_tokens'), e2el))
    }
    return Object.assign(result, { metrics, derived })
  }
  return derive
}

function withNothing(result: ScenarioResult): ReportedResult {
  const reported = result as ReportedResult
  reported.derived = NONE
  return reported
}

/** Whether nothing but what texts are counted for could be computed. */
function tellsAll(result: ScenarioResult): boolean {
  const { metrics } = result
  const kind = kindOf(result)
  if (kind === null) return true
  if (isChat(kind)) return typeof metrics['tps'] === 'number'
  const isTimed = !hasFactors(kind) || typeof metrics['rtfx'] === 'number'
  return isTimed && typeof metrics['audio_seconds'] === 'number'
}

/** What a result is of; in a domain that jarvis does not know its numbers say so. Null where nothing does. */
function kindOf({ domain, metrics }: ScenarioResult): KnownDomain | null {
  if (isKnownDomain(domain)) return domain
  const [hears, speaks] = [metrics['stt_time'] !== undefined, metrics['tts_time'] !== undefined]
  if (hears) return speaks ? 'sts' : 'stt'
  if (speaks) return 'tts'
  return metrics['e2el'] === undefined ? null : 'llm'
}

function isChat(kind: KnownDomain | null): boolean {
  return kind === 'llm' || kind === 'vlm'
}

function hasFactors(kind: KnownDomain | null): boolean {
  return kind === 'stt' || kind === 'tts'
}

/** A length that could not be had when the audio came cannot be had now. */
function lacksLength(metrics: ScenarioResult['metrics']): boolean {
  return numberOf(metrics['audio_seconds']) === null && typeof metrics['audio_reason'] !== 'string'
}

/** The time that work on the audio took, by domain. */
const PROCESSING: Partial<Record<KnownDomain, string>> = { stt: 'stt_time', tts: 'tts_time' }

/** The audio that `audio_seconds` is about: what was heard, or what was spoken. */
function audioFile(result: ScenarioResult): string | null {
  const kind = kindOf(result)
  if (kind === 'stt') return result.input_file
  return kind === 'tts' || kind === 'sts' ? result.output_file : null
}

async function readLength(directory: string, file: string): Promise<number | null> {
  const path = await mediaFile(directory, file)
  if (path === null) return null
  try {
    return (await measureAudio(await readRegularFile(path, LARGEST_AUDIO_BYTES))).seconds
  } catch {
    return null
  }
}
