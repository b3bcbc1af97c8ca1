import { chmodSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { withDeadline } from '../../../test/support/deadlines.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { UNKNOWN_FACTS } from './system-facts.ts'
import { collectSystemInfo } from './system-info.ts'
import { systemYaml } from './system-yaml.ts'

const root = resolve(import.meta.dirname, '../../..')

function program(folder: string, name: string, script: string): void {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

test('the facts about this machine are found out in a process of their own', async () => {
  const bin = temporaryFolder()
  program(bin, 'nvidia-smi', 'echo "0, GPU-5d, 32607, 590.44, NVIDIA GeForce RTX 5090, Limited"')
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
  const info = collectSystemInfo({ root, logs: root }, Promise.resolve({ ollama: '0.14.2' }))
  vi.unstubAllEnvs()
  expect(await info.facts).toMatchObject({
    os: expect.stringContaining('('),
    cpu_count: expect.any(Number),
    total_ram_gb: expect.any(Number),
    gpus: [
      { index: 0, uuid: 'GPU-5d', model: 'NVIDIA GeForce RTX 5090, Limited', driver: '590.44' },
    ],
    disk_free_gb: expect.any(Number),
    clock_ahead: 0,
    commit: expect.stringMatching(/^[\da-f]{40}$/),
    branch: expect.any(String),
    dirty: expect.any(Boolean),
    vitest: expect.stringMatching(/^5\./),
    jarvis: expect.stringMatching(/^\d/),
    scenarios: {
      'scenarios/llm/arithmetic.scenario.ts': expect.stringMatching(/^[\da-f]{16}$/),
    },
  })
  expect(await info.engines).toEqual({ ollama: '0.14.2' })
})

test.skipIf(process.platform === 'win32')(
  'what hangs is unknown, and holds up nothing else',
  async () => {
    const bin = temporaryFolder()
    for (const name of ['nvidia-smi', 'git']) program(bin, name, 'exec sleep 600')
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
    const engines = new Promise<Record<string, null>>(() => {})
    const collect = async (seconds: number) => {
      const info = collectSystemInfo({ root, logs: root }, engines, seconds * 1_000)
      return { facts: await info.facts, engines: await info.engines }
    }
    const hadTime = (info: Awaited<ReturnType<typeof collect>>): boolean =>
      info.facts.cpu_count !== null && info.facts.vitest !== null
    const { seen } = await withDeadline(1, collect, hadTime)
    vi.unstubAllEnvs()
    // Before what hangs would have ended.
    const { facts } = seen
    expect(facts).toMatchObject({ cpu_count: expect.any(Number), vitest: expect.any(String) })
    expect(facts).toMatchObject({ gpus: null, commit: null, dirty: null })
    expect(seen.engines).toEqual({})
  },
)

test('the digests of scenario files stand by their paths, whatever they look like', () => {
  const plan = { file: 'a', sha256: '12', text: 'name: x' }
  const subject = { session: 'a', startTime: '2', command: 'a', plan }
  const scenarios = { 'scenarios/llm/a b.scenario.ts': '0123456789012345', '#: x': '1e10' }
  const found = parse(systemYaml(subject, { ...UNKNOWN_FACTS, scenarios }, {}, {}, {})) as object
  expect(found).toMatchObject({ scenarios })
})

test('system_info.yaml has the shape that is documented, and no secrets', () => {
  const plan = {
    file: 'plans/default.yaml',
    sha256: 'ab12',
    text: '# Żółw\nname: Fast\nservices:\n  tts:\n    command: run --api-key abcd1234\n\n  # end\n',
  }
  const facts = {
    ...UNKNOWN_FACTS,
    os: 'Ubuntu 24.04 (Linux 6.8.0)',
    total_ram_gb: 125.7,
    gpus: [
      { index: 0, model: 'Old', vram_total_gb: 4, driver: '590.44', uuid: 'GPU-1', used: false },
      { index: 1, model: 'NVIDIA: GeForce', vram_total_gb: 31.84, driver: '590.44' },
    ],
    dirty: false,
    vitest: '5.1.1',
  }
  const subject = {
    session: 'RUN_1',
    startTime: '2026-02-16T23:12:05.123+01:00',
    command: 'x',
    plan,
  }
  const env = { HF_HOME: '/data', HF_TOKEN: 'hf_secret', SHELL: 'sh', OLLAMA_API_KEY: 'k' }
  const yaml = systemYaml(subject, facts, { ollama: null }, {}, env)
  expect(yaml.replace(/node: "[^"]*"/, 'node: "24"').replace(/pid: \d+/, 'pid: 1'))
    .toMatchInlineSnapshot(`
    "session: RUN_1
    start_time: "2026-02-16T23:12:05.123+01:00"
    host:
      os: Ubuntu 24.04 (Linux 6.8.0)
      cpu: null
      cpu_count: null
      total_ram_gb: 125.70
      gpu: "NVIDIA: GeForce"
      gpus:
        - { index: 0, model: Old, vram_total_gb: 4.00, driver: "590.44", uuid: GPU-1, used: false }
        - { index: 1, model: "NVIDIA: GeForce", vram_total_gb: 31.84, driver: "590.44", uuid: null }
      disk_free_gb: null
      clock_ahead: null
    git: { commit: null, branch: null, dirty: false }
    runtime: { node: "24", vitest: "5.1.1", jarvis: null, pid: 1, command: x }
    engines: { ollama: null }
    environment: { HF_HOME: /data, OLLAMA_API_KEY: "[redacted]" }
    plan:
      file: plans/default.yaml
      sha256: ab12
      content: |
        # Żółw
        name: Fast
        services:
          tts:
            command: run --api-key [redacted]

          # end
    "
  `)
  expect(parse(yaml)).toMatchObject({
    host: { total_ram_gb: 125.7, gpu: 'NVIDIA: GeForce', cpu: null },
    git: { commit: null, branch: null, dirty: false },
    plan: { content: plan.text.replace('abcd1234', '[redacted]') },
  })
})

test.for([
  '',
  '\n',
  'no break',
  '  indented: first\nnext: 1\n',
  '\n\n  late: 1\n\n\n',
  'carriage: 1\r\nreturn: 2\r\n',
  'tab:\tx \u0000 control\n',
  '\u{feff}mark\n',
])('the plan %j comes back as it was', (text) => {
  const plan = { file: 'true', sha256: '12', text }
  const subject = { session: 'null', startTime: '2', command: 'a: b # c', plan }
  const found = parse(systemYaml(subject, UNKNOWN_FACTS, {}, {}, {})) as {
    session: string
    plan: { content: string; file: string; sha256: string }
    runtime: { command: string }
  }
  expect(found.plan).toEqual({ content: text, file: 'true', sha256: '12' })
  expect([found.session, found.runtime.command]).toEqual(['null', 'a: b # c'])
})
