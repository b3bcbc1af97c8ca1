import { current } from '../current.ts'
import { loadMedia, type Media } from '../media.ts'
import type { MetricValue } from '../recorder.ts'

/** What a matcher of Vitest answers. */
export interface Verdict {
  pass: boolean
  message: () => string
  actual?: unknown
  expected?: unknown
}

/**
 * The text of what was handed to `expect`: a text, or a result of a fixture.
 *
 * @throws TypeError for anything else
 */
export function textOf(received: unknown, matcher: string): string {
  if (typeof received === 'string') return received
  const text = fieldOf(received, 'text')
  if (typeof text === 'string') return text
  throw new TypeError(`${matcher} takes a text, or a result with a text, not ${nameOf(received)}.`)
}

/**
 * The sound that was handed to `expect`: bytes, a path, or a spoken result. Paths count from the scenario's folder,
 * outside of a test from the working directory.
 *
 * @throws TypeError for anything else
 */
export async function mediaOf(received: unknown, matcher: string): Promise<Media> {
  const audio = fieldOf(received, 'audio') ?? received
  if (typeof audio === 'string' || audio instanceof URL || audio instanceof Uint8Array) {
    return loadMedia(audio, current().attempt.getStore()?.file ?? `${process.cwd()}/scenario`)
  }
  throw new TypeError(`${matcher} takes bytes, a path or a spoken result, not ${nameOf(received)}.`)
}

/** A field of an object; undefined of anything else. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value
    ? (value as Record<string, unknown>)[key]
    : undefined
}

/** What kind of value it is, for a message. */
export function nameOf(value: unknown): string {
  if (value instanceof Promise) return 'a promise: await it first'
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}

/** Keeps metrics with the running test; outside of one there is nowhere to keep them. */
export function keepMetrics(metrics: Record<string, MetricValue>): void {
  current().attempt.getStore()?.measure(metrics)
}
