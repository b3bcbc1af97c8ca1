import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { z } from 'zod'
import { expect, expectTypeOf, test } from 'vitest'
import { stateSchema, systemInfoSchema } from './file-schemas.ts'
import { jsonSchemas } from './json-schema.ts'
import { type SystemFacts, UNKNOWN_FACTS } from './machine/system-facts.ts'
import { systemYaml } from './machine/system-yaml.ts'
import { foldEntry, newFold } from '../events/index.ts'
import { NOTHING_WRITTEN, type SessionState, stateOf } from './projections/state.ts'
import { TELEMETRY_HEADER } from './projections/telemetry-file.ts'

const folder = new URL('../../schema/', import.meta.url)

test('the schemas on disk are those of the code: else run scripts/schema.ts', async () => {
  const names = await readdir(folder)
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
  const onDisk = Object.fromEntries(texts.map((text, index) => [names[index], JSON.parse(text)]))
  expect(onDisk).toEqual(JSON.parse(JSON.stringify(jsonSchemas())))
})

test('the schema of state.json is the type that the code writes, and its values fit', () => {
  expectTypeOf<z.infer<typeof stateSchema>>().toEqualTypeOf<SessionState>()
  const run = newFold('RUN_20260216_231205')
  const empty = stateOf(run, NOTHING_WRITTEN)
  expect(stateSchema.parse(empty)).toEqual(empty)
  const loadouts = [{ domain: 'llm' as const, loadout: 'sim-a', models: ['sim://a'] }]
  const plan = { name: 'Nightly', file: 'plans/default.yaml' }
  const process = { pid: 7, process_start: null, command: 'vitest run' }
  const time = '2026-02-16T23:12:05.123+01:00'
  const started = { type: 'run_started', session: run.session, kind: 'plan', plan } as const
  foldEntry(run, { seq: 1, check: '00000000', time, ...started, loadouts, ...process })
  const state = stateOf(run, NOTHING_WRITTEN)
  expect(stateSchema.parse(state)).toEqual(state)
  expect(state.loadouts).toHaveLength(1)
})

const KNOWN: SystemFacts = {
  os: 'Ubuntu 24.04',
  cpu: 'A processor',
  cpu_count: 32,
  total_ram_gb: 125.7,
  gpus: [
    { index: 0, model: 'A card', vram_total_gb: 31.84, driver: '590.44' },
    { index: 1, model: 'Another', vram_total_gb: null, driver: null },
  ],
  disk_free_gb: 812.4,
  commit: 'a'.repeat(40),
  branch: 'main',
  dirty: false,
  vitest: '5.1.1',
  jarvis: '1.0.0',
}

test.each([
  ['all that can be known', KNOWN],
  ['nothing known', UNKNOWN_FACTS],
  ['a machine without a GPU', { ...KNOWN, gpus: [] }],
])('the schema of system_info.yaml says all that is written, with %s', (_, facts) => {
  const plan = { file: 'plans/default.yaml', sha256: 'b'.repeat(64), text: 'name: Nightly\n' }
  const subject = { session: 'RUN_1', startTime: '2026-02-16T23:12:05.123+01:00', command: 'x' }
  const written = systemYaml({ ...subject, plan }, facts, { ollama: '0.14.2', docker: null })
  const read: unknown = parse(written)
  // What the schema does not name is left out of what it gives.
  expect(systemInfoSchema.parse(read)).toEqual(read)
})

test('the columns of telemetry.csv are documented, in their order', async () => {
  const guide = await readFile(new URL('../../docs/session-files.md', import.meta.url), 'utf8')
  const table = guide.slice(guide.indexOf('## telemetry.csv'))
  const columns = [...table.matchAll(/^\| `(\w+)`/gmu)].map(([, column]) => column)
  expect(`${columns.join(',')}\n`).toBe(TELEMETRY_HEADER)
})
