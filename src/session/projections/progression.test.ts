import { expect, test } from 'vitest'
import { resultNumber } from '../../../test/fixtures/session/results.ts'
import type { JournalEntry, ScenarioResult, SessionEvent } from '../../events/index.ts'
import { oneLine, progressionLines } from './progression.ts'

function shown(event: SessionEvent): string {
  const entry: JournalEntry = { ...event, seq: 1, time: '2026-02-16T23:12:05.123+01:00', check: '' }
  return progressionLines(entry).join('')
}

function result(changes: Partial<ScenarioResult>): SessionEvent {
  return { type: 'scenario_ended', domain: 'llm', result: { ...resultNumber(1), ...changes } }
}

const loadout = { domain: 'llm', loadout: 'a', models: ['ollama://qwen2.5:0.5b'] } as const
const pair = { domain: 'sts', loadout: 'ab', models: ['sim://a', 'sim://b'] } as const
const counts = { passed: 1, failed: 1, skipped: 0, missing: 0, interrupted: 0 }

test('the story of a run has the wording that scripts look for', () => {
  const model = 'ollama://qwen2.5:0.5b'
  const story: SessionEvent[] = [
    {
      type: 'run_started',
      session: 'RUN_20260216_231205',
      kind: 'plan',
      plan: { name: 'Fast Health Check', file: 'p.yaml' },
      loadouts: [],
      pid: 1,
      process_start: null,
      command: '',
    },
    { type: 'domain_started', domain: 'llm' },
    { ...loadout, models: [...loadout.models], type: 'loadout_starting' },
    { type: 'model_loading', domain: 'llm', loadout: 'a', model },
    {
      type: 'model_ready',
      domain: 'llm',
      loadout: 'a',
      model,
      setup_time: 3.1,
      vram_loaded: 1.42,
    },
    result({ name: 'english_std' }),
    result({
      name: 'polish_explicit > greets back',
      status: 'FAILED',
      duration: 0.92,
      errors: [{ message: 'expected "Cześć" to be in the reply', stack: 'at x' }],
    }),
    result({
      name: 'gone',
      status: 'MISSING',
      duration: null,
      errors: [{ message: 'ollama pull x' }],
    }),
    result({ name: 'left', status: 'SKIPPED', duration: null }),
    { type: 'run_ended', status: 'FAILED', counts, duration: 9.2, recorded_by: 'run' },
  ]
  expect(story.map(shown).join('')).toMatchInlineSnapshot(`
    "[23:12:05] [INFO] Starting Test Run: Fast Health Check
    [23:12:05] [INFO] Switching to Domain: llm
    [23:12:05] [INFO] Loading Model: ollama://qwen2.5:0.5b
    [23:12:05] [INFO] Model Ready: ollama://qwen2.5:0.5b (Setup: 3.1s, VRAM: 1.42 GB)
    [23:12:05] [INFO] Scenario english_std: PASSED (Duration: 1.84s)
    [23:12:05] [ERROR] Scenario polish_explicit > greets back: FAILED (Duration: 0.92s)
    [23:12:05] [ERROR] Error: polish_explicit > greets back: expected "Cześć" to be in the reply
    [23:12:05] [ERROR] Scenario gone: MISSING
    [23:12:05] [ERROR] Error: gone: ollama pull x
    [23:12:05] [INFO] Scenario left: SKIPPED
    [23:12:05] [INFO] Finished Test Run: FAILED (1 passed, 1 failed, 0 missing) in 9.2s
    "
  `)
})

test('what goes wrong around scenarios has its lines', () => {
  const service = { domain: 'llm', loadout: 'a', service: 'ollama', pid: 7 } as const
  const events: SessionEvent[] = [
    { ...pair, models: [...pair.models], type: 'loadout_starting' },
    {
      ...pair,
      models: [...pair.models],
      type: 'loadout_ready',
      setup_time: 5,
      vram_prior: 0.5,
      vram_loaded: 6.25,
    },
    {
      type: 'service_restarted',
      domain: 'sts',
      loadout: 'ab',
      service: 'a',
      model: 'sim://a',
      reason: 'sim://a was ended by SIGSEGV',
    },
    {
      ...pair,
      models: [...pair.models],
      type: 'loadout_failed',
      code: 'SERVICE_TIMEOUT',
      message: 'not ready within 5 s',
      last_lines: [],
    },
    {
      ...service,
      type: 'service_exited',
      code: null,
      signal: 'SIGSEGV',
      expected: false,
      last_lines: ['loading', 'CUDA error'],
    },
    {
      ...service,
      type: 'service_exited',
      code: 0,
      signal: null,
      expected: true,
      last_lines: [],
    },
    {
      ...pair,
      models: [...pair.models],
      type: 'loadout_stopped',
      run_time: 12,
      cleanup_time: 0.44,
      vram_after: 1.5,
    },
    {
      ...pair,
      models: [...pair.models],
      type: 'vram_leak',
      vram_prior: 0.5,
      vram_after: 1.5,
      processes: [
        { pid: 4711, name: 'python3', vram: 0.9 },
        { pid: 4712, name: 'Xorg', vram: null },
      ],
    },
    {
      ...pair,
      models: [...pair.models],
      type: 'vram_leak',
      vram_prior: 0.5,
      vram_after: 1.5,
      processes: [],
    },
    { type: 'console', scenario: 'x', file: null, stream: 'stdout', text: 'two\nlines\n' },
    { type: 'error', message: 'boom', stack: null },
    { type: 'note', level: 'WARN', message: 'careful' },
    { type: 'cancelled', reason: 'SIGINT' },
    { type: 'totals', total: 4 },
    { type: 'run_ended', status: 'DIED', counts, duration: 9.2, recorded_by: 'watchdog' },
  ]
  expect(events.map(shown).join('')).toMatchInlineSnapshot(`
    "[23:12:05] [INFO] Starting Loadout: sim://a + sim://b
    [23:12:05] [INFO] Loadout Ready: sim://a + sim://b (Setup: 5.0s)
    [23:12:05] [WARN] Service Restarted: a (sim://a was ended by SIGSEGV)
    [23:12:05] [ERROR] Error: sim://a + sim://b: not ready within 5 s
    [23:12:05] [ERROR] Error: Service ollama ended unexpectedly (SIGSEGV): CUDA error
    [23:12:05] [DEBUG] Service Stopped: ollama (code 0)
    [23:12:05] [INFO] Loadout Stopped: sim://a + sim://b (Cleanup: 0.4s)
    [23:12:05] [WARN] 1.00 GB of VRAM did not come back after sim://a + sim://b was stopped (0.50 GB before, 1.50 GB after): python3 (pid 4711, 0.90 GB), Xorg (pid 4712, n/a)
    [23:12:05] [WARN] 1.00 GB of VRAM did not come back after sim://a + sim://b was stopped (0.50 GB before, 1.50 GB after): the system does not tell what holds it
    [23:12:05] [DEBUG] x (stdout): two↵lines
    [23:12:05] [ERROR] Error: boom
    [23:12:05] [WARN] careful
    [23:12:05] [WARN] Cancelled: SIGINT
    [23:12:05] [ERROR] Error: The run died; what it had recorded is kept (recorded by watchdog)
    [23:12:05] [INFO] Finished Test Run: DIED (1 passed, 1 failed, 0 missing) in 9.2s
    "
  `)
})

test('a message stays one line of plain text, whatever a model says', () => {
  expect(oneLine('a\r\nb\u001b[31mred\u001b[0m\u0000\u0007\u202e\u2028c\ud800')).toBe('a↵bred↵c')
  expect(oneLine('x'.repeat(5_000_000))).toHaveLength(1_000)
  expect(oneLine(`${'x'.repeat(998)}😀😀`)).toBe(`${'x'.repeat(998)}…`)
})
