import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Domain, isKnownDomain, type KnownDomain } from '../../events/domain.ts'
import { entryPath } from '../../host/entry.ts'

/** A file that `jarvis init` writes; its path counts from the project's root and has slashes. */
export interface StarterFile {
  path: string
  content: string | Uint8Array
}

/** 64 by 48 pixels of one colour. */
const BLUE_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAAARElEQVR42u3PQQkAAAgEsKthF/tXsI4V/AqDFViq57UI' +
  'CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICFwtpSkQ0xyManwAAAAASUVORK5CYII='

const OWN_SPEECH =
  'The recording is speech of the embedded engine, which no other recogniser understands: put a voice in its place.'

const SCENARIOS: Record<KnownDomain, { name: string; text: string; media?: string }> = {
  llm: {
    name: 'greeting',
    text: `// A greeting is answered, in time.
import { expect, test } from 'jarvis/scenario'

test('greets back', async ({ llm }) => {
  const { text, metrics } = await llm.chat('Say hello.')
  expect(text).toMatch(/hello|hi\\b/i)
  expect(metrics.e2el).toBeLessThan(60)
})
`,
  },
  vlm: {
    name: 'colour',
    media: 'blue.png',
    text: `// A picture of one colour: the model names it.
import { expect, test } from 'jarvis/scenario'

test('names the colour', async ({ vlm }) => {
  const { text } = await vlm.ask('media/blue.png', 'What colour is this image?')
  expect(text).toMatch(/blue/i)
})
`,
  },
  stt: {
    name: 'greeting',
    media: 'greeting.wav',
    text: `// A greeting is heard. ${OWN_SPEECH}
import { expect, test } from 'jarvis/scenario'

test('hears a greeting', async ({ stt }) => {
  const { text } = await stt.transcribe('media/greeting.wav', { language: 'en' })
  expect(text).toMatch(/good morning/i)
})
`,
  },
  tts: {
    name: 'sentence',
    text: `// A sentence is spoken; the audio is kept with the result.
import { expect, test } from 'jarvis/scenario'

test('speaks a sentence', async ({ tts }) => {
  const { metrics } = await tts.speak('The quick brown fox jumps over the lazy dog.')
  expect(metrics.audio_seconds).toBeGreaterThan(1)
})
`,
  },
  sts: {
    name: 'question',
    media: 'question.wav',
    text: `// A spoken question gets a spoken answer. ${OWN_SPEECH}
import { expect, test } from 'jarvis/scenario'

test('answers a question', async ({ sts }) => {
  const { text, metrics } = await sts.converse('media/question.wav', { language: 'en' })
  expect(text).toMatch(/paris/i)
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
`,
  },
}

/** The scenario of a domain, and what it sends. */
export async function scenarioFiles(domain: Domain): Promise<StarterFile[]> {
  const { name, text, media } = SCENARIOS[isKnownDomain(domain) ? domain : 'llm']
  const folder = `scenarios/${domain}`
  return [
    { path: `${folder}/${name}.scenario.ts`, content: text },
    ...(media ? [{ path: `${folder}/media/${media}`, content: await mediaOf(domain) }] : []),
  ]
}

/** The embedded engine makes what it can hear: its own speech. */
async function mediaOf(domain: Domain): Promise<Uint8Array> {
  if (domain === 'vlm') return Buffer.from(BLUE_PNG, 'base64')
  const sentence = domain === 'stt' ? 'Good morning.' : 'What is the capital of France?'
  const engine = entryPath(import.meta.url, 'sim/main')
  const { stdout } = await promisify(execFile)(process.execPath, [engine, '--speak', sentence], {
    encoding: 'buffer',
  })
  return stdout
}
