import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { EventOf, JournalEntry } from '../../events/index.ts'
import { TelemetryRecovery } from '../recovery/telemetry-recovery.ts'
import { TELEMETRY_HEADER, telemetryLines } from './telemetry-file.ts'

type Gpu = EventOf<'sample'>['gpus'][number]

const gpu: Gpu = {
  index: 0,
  name: 'NVIDIA GeForce RTX 4090',
  vram_used: 1.42,
  vram_total: 23.99,
  utilization: 0.5,
  throttled: false,
}

function sample(second: number, ...gpus: Gpu[]): JournalEntry & { type: 'sample' } {
  const time = `2026-02-16T23:12:0${second}.000+01:00`
  const host = { cpu: 0.25, ram_used: 12.5, ram_total: 62.6, swap_used: null }
  return {
    type: 'sample',
    gpus,
    stale: false,
    interval: 1,
    ...host,
    seq: second + 1,
    time,
    check: '00000000',
  }
}

test('a sample is a line for each GPU, and one without any; what is unknown is empty', () => {
  const unknown = { ...gpu, index: 1, vram_used: null, vram_total: null, throttled: null }
  expect([sample(1, gpu, unknown), sample(2)].flatMap(telemetryLines).join('')).toBe(
    `2026-02-16T23:12:01.000+01:00,0,NVIDIA GeForce RTX 4090,1.42,23.99,0.5,false,false,0.25,12.5,62.6,
2026-02-16T23:12:01.000+01:00,1,NVIDIA GeForce RTX 4090,,,0.5,,false,0.25,12.5,62.6,
2026-02-16T23:12:02.000+01:00,,,,,,,,0.25,12.5,62.6,
`,
  )
})

test('a name that a tool made up is one cell and no formula', () => {
  const [line] = telemetryLines(sample(1, { ...gpu, name: '=HYPERLINK("x",\n"y")' }))
  expect(line).toContain(`,0,"'=HYPERLINK(""x"",↵""y"")",1.42,`)
})

test.for([
  ['nothing', (path: string) => truncateSync(path, 0)],
  ['half a header', (path: string) => truncateSync(path, 20)],
  ['one of two GPUs of the last sample', (path: string) => cut(path, 1)],
  ['a torn line', (path: string) => cut(path, 1, '2026-02-16T23:12:0')],
  ['zeros in place of the end', (path: string) => zeros(path, 90)],
  ['all', () => {}],
] as const)('a file with %s of it is made whole', async ([, damage]) => {
  const directory = temporaryFolder()
  const path = join(directory, 'telemetry.csv')
  const samples = [1, 2, 3].map((second) => sample(second, gpu, { ...gpu, index: 1 }))
  const whole = TELEMETRY_HEADER + samples.flatMap((entry) => telemetryLines(entry)).join('')
  writeFileSync(path, whole)
  damage(path)
  const recovery = await TelemetryRecovery.open(directory)
  for (const entry of samples) recovery.take(entry)
  await recovery.complete()
  expect(readFileSync(path, 'utf8')).toBe(whole)
})

function cut(path: string, lines: number, rest = ''): void {
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1 - lines)
  truncateSync(path, Buffer.byteLength(`${kept.join('\n')}\n`))
  appendFileSync(path, rest)
}

/** What a power cut leaves of a file whose length was on the disk and whose content was not. */
function zeros(path: string, from: number): void {
  const { size } = statSync(path)
  truncateSync(path, from)
  truncateSync(path, size)
}
