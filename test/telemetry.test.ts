import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JournalEntry } from '../src/events/index.ts'
import { canStandIn, createNvidiaSmi, type NvidiaSmiMode } from './support/nvidia-smi.ts'
import { copyFixture } from './support/project.ts'
import { type Ended, run } from './support/run.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const PLANS = { memory: 'default', stranger: 'foreign', none: 'foreign', absent: 'absent' }
type Name = keyof typeof PLANS
const runs = new Map<Name, Ended>()
const removals: (() => void)[] = []

/** Whether it was known by then that there is a GPU. */
const isKnown = ({ gpus }: { gpus: readonly unknown[] }): boolean => gpus.length > 0

// They wait most of the time: side by side they take as long as the longest.
beforeAll(async () => {
  if (!canStandIn) return
  const names = Object.keys(PLANS) as Name[]
  await Promise.all(
    names.map(async (name) => {
      const mode: NvidiaSmiMode = name === 'none' ? 'exit' : 'normal'
      const smi = createNvidiaSmi(mode)
      const project = copyFixture('telemetry')
      removals.push(smi.remove, project.remove)
      if (name === 'stranger') smi.allocate(process.pid, { used: 700, name: 'somebody-else' })
      const env = { ...smi.env, JARVIS_PLAN: `plans/${PLANS[name]}.yaml` }
      runs.set(name, await run(project, { env }))
    }),
  )
})
afterAll(() => removals.forEach((remove) => remove()))

test.skipIf(!canStandIn)(
  'rows and events tell the memory of the GPU, and telemetry.csv has every sample (stand-in for nvidia-smi)',
  () => {
    const { code, output, session } = runs.get('memory')!
    expect(code, output).toBe(0)
    const rows = session!.results('llm')
    expect(
      rows.map(({ vram_prior, vram_loaded, vram_peak, flags }) => {
        return { vram_prior, vram_loaded, vram_peak, flags }
      }),
    ).toEqual([
      { vram_prior: 0.5, vram_loaded: 2.5, vram_peak: 4.5, flags: [] },
      { vram_prior: 0.5, vram_loaded: 2.5, vram_peak: 2.5, flags: [] },
    ])

    const [leaking] = session!.eventsOf('service_spawned').slice(-1)
    expect(session!.eventsOf('vram_leak')).toMatchObject([
      {
        models: ['native://leaks'],
        vram_prior: 0.5,
        vram_after: 2.5,
        processes: [{ pid: leaking!.pid, name: '/opt/models/server', vram: 2 }],
      },
    ])

    const samples = session!.eventsOf('sample').filter(isKnown)
    const [header, ...lines] = session!.text('telemetry.csv').trimEnd().split('\n')
    expect(header).toBe(
      'time,gpu_index,gpu_name,vram_used_gb,vram_total_gb,gpu_utilization_share,gpu_throttled,' +
        'gpu_figures_stale,cpu_share,ram_used_gb,ram_total_gb,swap_used_gb',
    )
    const known = lines.filter((line) => !line.includes(',,,,,,,,'))
    expect(known.map((line) => line.split(',').slice(0, 8).join())).toEqual(
      samples.map(({ time, gpus: [gpu] }) => {
        return `${time},0,NVIDIA GeForce RTX 4090,${gpu!.vram_used},23.99,0.03,false,false`
      }),
    )
    // One line an event for a person; samples are not for a person.
    expect(session!.text('progression.log')).not.toMatch(/sample|telemetry/i)
  },
)

test.skipIf(!canStandIn)(
  'samples go on from the start of the run to its end, before, between and after its loadouts',
  () => {
    const { session } = runs.get('memory')!
    const events = session!.events()
    const levels = (from: number, to: number): (number | null)[] => {
      const part = events.slice(from, to).filter((event) => event.type === 'sample')
      return part.filter(isKnown).map(({ gpus }) => gpus[0]!.vram_used)
    }
    const placesOf = (type: JournalEntry['type']): number[] =>
      events.flatMap((event, place) => (event.type === type ? [place] : []))
    const [first, second] = placesOf('loadout_starting')
    const [stopped, last] = placesOf('loadout_stopped')
    const before = levels(0, first!)
    expect(before.length).toBeGreaterThan(0)
    expect(new Set(before)).toEqual(new Set([0.5]))
    // What came back is seen before the next one starts, what did not at the end.
    expect(levels(first!, second!).at(-1)).toBe(0.5)
    expect(Math.max(...levels(first!, stopped!).map(Number))).toBe(4.5)
    expect(levels(last!, events.length).at(-1)).toBe(2.5)
    expect(session!.eventsOf('loadout_starting').map(({ gpus }) => gpus)).toEqual([
      [{ index: 0, vram_used: 0.5 }],
      [{ index: 0, vram_used: 0.5 }],
    ])
  },
)

test.skipIf(!canStandIn)('what was never up has no memory, and takes that of no other', () => {
  const { output, session } = runs.get('absent')!
  const rows = session!.results('llm')
  expect(
    rows.map(({ models, status, vram_prior, vram_loaded, vram_peak }) => {
      return [models[0], status, vram_prior, vram_loaded, vram_peak]
    }),
    output,
  ).toEqual([
    ['native://absent', 'MISSING', null, null, null],
    ['native://dies', 'FAILED', null, null, null],
    ['native://holds', 'PASSED', 0.5, 2.5, 2.5],
  ])
  const gate = ['check', session!.directory, '--max-vram-peak', '2']
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, ...gate], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stdout).toContain('max_vram_peak  llm native://holds: 2.5 GB, more than 2 GB\n')
})

test.skipIf(!canStandIn)(
  'a stranger on the GPU flags the results that it touched (stand-in for nvidia-smi)',
  () => {
    const { code, output, session } = runs.get('stranger')!
    expect(code, output).toBe(0)
    expect(session!.results('llm')).toMatchObject([
      { vram_prior: 1.18, vram_peak: 5.18, flags: ['foreign_gpu_process'] },
    ])
  },
)

test.skipIf(!canStandIn)(
  'a run without a GPU has null for its memory, and samples of the host',
  () => {
    const { code, output, session } = runs.get('none')!
    expect(code, output).toBe(0)
    expect(session!.results('llm')).toMatchObject([
      { vram_prior: null, vram_loaded: null, vram_peak: null, flags: [] },
    ])
    // There is one, as far as anybody knows, and the tool that tells of it fails.
    expect(session!.text('progression.log')).toMatch(
      /\[WARN\] No NVIDIA or AMD GPU is readable on this system: nvidia-smi gives no figures: it ended with code 9/,
    )
    const lines = session!.text('telemetry.csv').trimEnd().split('\n').slice(1)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line).toMatch(/^[^,]+,,,,,,,,[\d.]*,[\d.]+,[\d.]+,[\d.]*$/)
  },
)
