import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type StandIn, standIn, wavHeader } from '../../test/support/service-stand-in.ts'
import { childrenIn, fixture, isAlive, until } from '../../test/support/services.ts'
import { createLlm } from './llm.ts'
import { createStt, createTts } from './speech.ts'
import { createSts } from './sts.ts'

const never = new AbortController().signal
const program = fixture('program.mjs')

let service: StandIn
let log: string

beforeEach(async () => {
  service = await standIn()
  mkdirSync(join(service.root, 'session'))
  log = join(service.root, 'session', 'svc.log')
})

afterEach(() => {
  vi.unstubAllEnvs()
  return service.stop()
})

/** Makes programs with these arguments the loadout. */
function lease(
  domain: 'llm' | 'stt' | 'tts' | 'sts',
  args: string[],
  { count = 1, env = {} }: { count?: number; env?: Record<string, string> } = {},
): void {
  const invocation = {
    file: process.execPath,
    args: [program, ...args],
    env,
    cwd: service.root,
  }
  const cli = { engine: 'cli', name: 'voice', url: null, apis: ['cli' as const] }
  service.lease({ domain, ...cli, invocation, log }, count)
}

const both = ['--from', '{input}', '--to', '{output}']

describe('a program for each request', () => {
  it('speaks into a file, whose length is that of the text here', async () => {
    lease('tts', [...both, '--wav'])
    const spoken = await service.within(() => createTts(never).speak('Hé'))
    const { ttfa, tts_time, audio_seconds, rtf } = spoken.metrics
    expect(ttfa).toBeNull()
    expect(audio_seconds).toBeCloseTo(0.3, 9)
    expect(tts_time).toBeGreaterThan(0)
    expect(rtf).toBeCloseTo(tts_time / 0.3, 9)
    expect(service.recorder.kept()).toMatchObject({ input_text: 'Hé', output_file: spoken.file })
  })

  it('speaks onto its stdout what it reads from its stdin', async () => {
    lease('tts', ['--wav'])
    const { metrics } = await service.within(() => createTts(never).speak('Hello'))
    expect(metrics.audio_seconds).toBeCloseTo(0.5, 9)
  })

  it('transcribes a file, with the lines of its output as one', async () => {
    lease('stt', ['--from', '{input}'])
    const audio = Buffer.concat([wavHeader(32_000), Buffer.alloc(32_000)])
    const { text, metrics } = await service.within(() => createStt(never).transcribe(audio))
    expect(text).toMatch(/^heard RIFF/)
    expect(metrics.audio_seconds).toBe(1)
    expect(metrics.rtf).toBeCloseTo(metrics.stt_time, 9)
  })

  it('answers a prompt that comes as text', async () => {
    lease('llm', both)
    const reply = await service.within(() => createLlm(never).chat('Who?', { stream: true }))
    expect(reply.text).toBe('heard Who?')
    expect(reply.metrics).toMatchObject({ ttft: null, output_tokens: null, tokens_source: null })
    expect(reply.metrics.e2el).toBeGreaterThan(0)
    const system = { role: 'system', content: 'Be kind.' } as const
    const talk = [system, { role: 'user', content: 'Who?' }] as const
    const second = await service.within(() => createLlm(never).chat(talk))
    expect(second.text).toBe('heard system: Be kind.\nuser: Who?')
  })

  it('can be all three stages of speech-to-speech', async () => {
    lease('sts', both, { count: 3 })
    const audio = Buffer.concat([wavHeader(2), Buffer.alloc(2)])
    await expect(service.within(() => createSts(never).converse(audio))).rejects.toThrow(
      'wrote something that is no WAV file',
    )
    expect(service.recorder.kept()).toMatchObject({
      input_text: expect.stringMatching(/^heard RIFF/),
      output_text: expect.stringMatching(/^heard heard RIFF/),
    })
  })

  it('leaves its command line, what it says and its end in the log, and no file behind', async () => {
    for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, service.root)
    lease('llm', both)
    await service.within(() => createLlm(never).chat('Hi there'))
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(
        /^\[\S+\] \$ \S+ \S+program\.mjs --from \S+input\.txt --to \S+output\.txt$/,
      ),
      `read 8 bytes, session ${join(service.root, 'session')}`,
      'written',
      expect.stringMatching(/^\[\S+\] exited with code 0 after \d+\.\d{3} s$/),
    ])
    expect(readdirSync(service.root)).toEqual(['session'])
  })

  it('that fails says so with its exit code and its last lines', async () => {
    lease('tts', ['--fail'])
    await expect(service.within(() => createTts(never).speak('Hi'))).rejects.toThrow(
      /voice \(.*node.*\) exited with code 3 after \d+\.\d\d s\. It said:\n {2}read 2 bytes, .*\n {2}voice not found$/s,
    )
  })

  it.skipIf(process.platform === 'win32')(
    'that is ended for an instruction of another processor says what to build',
    async () => {
      lease('tts', ['--illegal'])
      await expect(service.within(() => createTts(never).speak('Hi'))).rejects.toThrow(
        / was ended by SIGILL after \d+\.\d\d s \(It was built for the instructions of another processor .* generic build\.\)/,
      )
    },
  )

  it('that leaves no output is an error', async () => {
    const args = ['--from', '{input}', '--to', join(service.root, 'elsewhere.txt')]
    lease('llm', args, { env: { UNUSED: '{output}' } })
    await expect(service.within(() => createLlm(never).chat('Hi'))).rejects.toThrow(
      /ended well and left no output\. It said:\n.*written$/s,
    )
  })

  it('that is not there any more is an error that names it', async () => {
    lease('llm', [])
    const invocation = { file: join(service.root, 'gone'), args: [], env: {}, cwd: service.root }
    service.lease({ engine: 'cli', name: 'voice', apis: ['cli'], url: null, invocation, log })
    await expect(service.within(() => createLlm(never).chat('Hi'))).rejects.toThrow(
      /voice \(.*gone\) cannot be started: .*ENOENT/s,
    )
  })

  it.skipIf(process.platform === 'win32')(
    'is ended with all that came of it when the request is given up, also what left its group',
    async () => {
      lease('tts', ['--hang'])
      const time = new AbortController()
      const speech = service.within(() => createTts(time.signal).speak('Hi')).catch(String)
      await until(() => childrenIn(readLog()).length === 2)
      const pids = childrenIn(readLog())
      expect(pids.map(isAlive)).toEqual([true, true])
      time.abort(new Error('time is over'))
      expect(await speech).toMatch(
        /had not finished after \d+\.\d\d s, when the request was given up: time is over/,
      )
      expect(pids.map(isAlive)).toEqual([false, false])
      expect(readLog()).toMatch(/was ended by SIGTERM after/)
    },
  )
})

function readLog(): string {
  try {
    return readFileSync(log, 'utf8')
  } catch {
    return ''
  }
}
