// @module-tag long
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { canStandIn, nvidiaSmi } from './support/nvidia-smi.ts'
import { eventually } from './support/poll.ts'
import { createProject, type Project } from './support/project.ts'
import { run, type RunOptions, start, type Running } from './support/run.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const UP_WITHIN_MS = 150_000
const CARD = 'NVIDIA GeForce RTX 4090'
const uuid = (index: number): string => `GPU-0000000${index}-0000-4000-8000-000000000000`

/** Waits until the only scenario of a run goes on. */
function goesOn({ root }: Project, running: Running): Promise<SessionFiles> {
  return eventually(UP_WITHIN_MS, () => {
    const session = latestSession(join(root, 'logs'))
    const begun = session?.events().some(({ type }) => type === 'scenario_started')
    if (!session || !begun) throw new Error(`The scenario has not begun: ${running.output()}`)
    return session
  })
}

test.skipIf(!canStandIn)(
  'two runs with GPUs of their own go on at once, each knows of its own alone, and a third one that wants one of them is refused (stand-in for nvidia-smi)',
  async () => {
    const smi = nvidiaSmi()
    smi.gpus({ base: 512, driver: '550.54' }, { base: 1_024, driver: '550.54' })
    const [zero, one] = [createProject('side-by-side'), createProject('side-by-side')]
    const gate = join(zero.root, 'gate')
    const options = (gpus: Record<string, string>): RunOptions => {
      return { env: { ...smi.env, XDG_RUNTIME_DIR: zero.runtime, GATE: gate, ...gpus } }
    }
    const runs = [
      start(zero, options({ CUDA_VISIBLE_DEVICES: '0' })),
      start(one, options({ SLURM_JOB_GPUS: '1' })),
    ] as const
    const live = await Promise.all([goesOn(zero, runs[0]), goesOn(one, runs[1])])

    const asked = options({ CUDA_VISIBLE_DEVICES: uuid(0).slice(0, 12) })
    const [third, doctor, list] = await Promise.all([
      run(one, asked),
      run(one, { ...asked, command: [cli, 'doctor'] }),
      run(one, { ...asked, command: [cli, 'list'] }),
    ])
    const holder = `pid ${runs[0].child.pid}, since 20`
    expect(third.code).toBe(1)
    expect(third.output).toContain(`Another run has GPU 0 (${uuid(0)}): ${holder}`)
    expect(third.output).toContain(live[0].directory)
    expect(doctor.output).toMatch(/missing +lock .* A run has GPU 0 \(GPU-00000000-/)
    expect(doctor.output).toMatch(/warn +lock .* A run has GPU 1 \(GPU-00000001-/)
    expect(doctor.output).toMatch(/GPU 0 .*: 2\.50 of 23\.99 GB in use/)
    expect(doctor.output).not.toMatch(/GPU 1 .* in use/)
    expect(list.output).toContain(`GPU 0 (${uuid(0)}) is held by a run: ${holder}`)
    expect(list.output).toContain(`GPU 1 (${uuid(1)}) is held by a run: pid ${runs[1].child.pid}, `)

    writeFileSync(gate, '')
    const ended = await Promise.all(runs.map((running) => running.ended()))
    expect(ended.map(({ code, output }) => (code === 0 ? '' : output))).toEqual(['', ''])
    for (const [index, session] of live.entries()) {
      const vram_prior = index === 0 ? 0.5 : 1
      const vram = vram_prior + 2 + index
      expect(session.results('llm')).toMatchObject([
        { vram_prior, vram_loaded: vram, vram_peak: vram, flags: [] },
      ])
      const told = session.eventsOf('sample').flatMap(({ gpus }) => gpus)
      expect(new Set(told.map((gpu) => gpu.index))).toEqual(new Set([index]))
      expect(session.eventsOf('vram_leak')).toEqual([])
      expect(session.eventsOf('machine_known')).toMatchObject([
        { gpus: [{ index, uuid: uuid(index), model: CARD }] },
      ])
    }
    const ports = live.map((session) => session.eventsOf('service_spawned')[0]!.port)
    expect(ports[0]).not.toBe(ports[1])
    const folder = join(zero.runtime, 'jarvis')
    expect(
      existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.lock')) : [],
    ).toEqual([])
  },
  120_000,
)
