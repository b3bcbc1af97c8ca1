import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { run } from './support/run.ts'
import { latestSession } from './support/session-files.ts'

/** A worker process for each of some sixty files: 30 s, and more where the machine is busy. */
const LONG_MS = 240_000

test(
  'the plan that ships with this repository passes in every domain',
  { timeout: LONG_MS },
  async () => {
    const root = fileURLToPath(new URL('..', import.meta.url))
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-test-')))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { code, output } = await run(
      { root, runtime: folder },
      { env: { JARVIS_LOGS: join(folder, 'logs') } },
    )
    expect(output).toContain('Finished Test Run: PASSED')
    expect(code).toBe(0)
    const session = latestSession(join(folder, 'logs'))
    const domains = ['llm', 'vlm', 'stt', 'tts', 'sts']
    const counts = domains.map((domain) => session?.results(domain).length ?? 0)
    expect(Math.min(...counts)).toBeGreaterThan(0)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(70)
    expect(session?.servicesLeft()).toEqual([])
    const begunAfterTheirEnd = new Set<string>()
    const ended = new Set<string>()
    for (const event of session?.events() ?? []) {
      if (event.type === 'scenario_ended') ended.add(event.result.id)
      if (event.type === 'scenario_started' && ended.has(event.id)) begunAfterTheirEnd.add(event.id)
    }
    expect(ended.size).toBe(counts.reduce((sum, count) => sum + count, 0))
    expect([...begunAfterTheirEnd]).toEqual([])
  },
)
