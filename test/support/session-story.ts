import type { Domain, ScenarioResult, SessionEvent } from '../../src/events/index.ts'
import {
  NOT_INSTALLED,
  serviceOf,
  STORY_LOADOUTS,
  storyResults,
  type StoryLoadout,
} from './story-results.ts'

/** An event and how many seconds after the one before it happens. */
export type Told = readonly [seconds: number, event: SessionEvent]

/** A whole run on a machine with two GPUs, from the first domain to the last loadout. */
export function tellStory(): Told[] {
  const total = STORY_LOADOUTS.reduce((sum, _, index) => sum + storyResults(index).length, 0)
  const told: Told[] = [[0.1, { type: 'totals', total }]]
  let last: Domain | null = null
  for (const [index, loadout] of STORY_LOADOUTS.entries()) {
    const { domain } = loadout
    if (domain !== last) told.push([0.1, { type: 'domain_started', domain }])
    last = domain
    told.push(...loadoutStory(loadout, index))
  }
  told.push([0.1, { type: 'error', message: 'the disk is nearly full', stack: null }])
  return told
}

function loadoutStory(ref: StoryLoadout, index: number): Told[] {
  const { domain, loadout, models } = ref
  const place = { domain, loadout }
  const service = serviceOf(ref, index)
  const { pid } = service
  const exited = { ...place, service: service.service, pid, signal: null }
  const told: Told[] = [
    [0.1, { type: 'loadout_starting', ...ref }],
    ...models.map((model): Told => [0.1, { type: 'model_loading', ...place, model }]),
    [0.1, { type: 'service_spawned', ...place, ...service }],
    sample(2),
  ]
  if (domain === 'sts') {
    const last_lines = ['No module named whisper']
    const failed = { code: 'MISSING', message: NOT_INSTALLED, last_lines }
    const end = { code: 1, expected: false, last_lines }
    told.push([1, { type: 'service_exited', ...exited, ...end }])
    told.push([1, { type: 'loadout_failed', ...ref, ...failed }])
    told.push(...storyResults(index).map((result): Told => [0.1, ended(result)]))
    return told
  }
  const [setup_time, vram_prior, vram_loaded] = [3.1, 1, 3.5]
  for (const model of models) {
    told.push([2, { type: 'model_ready', ...place, model, setup_time, vram_loaded }])
  }
  told.push([0.1, { type: 'loadout_ready', ...ref, setup_time, vram_prior, vram_loaded }])
  for (const result of storyResults(index)) {
    const { id, name, file } = result
    told.push([0.1, { type: 'scenario_started', ...ref, id, name, file }], sample(4))
    told.push([result.duration ?? 0, ended(result)])
  }
  const vram_after = index === LEAKING ? 1.5 : 1
  const end = { code: 0, expected: true, last_lines: [] }
  told.push([0.5, { type: 'service_exited', ...exited, ...end }], sample(vram_after))
  const stop = { run_time: 12, cleanup_time: 0.6, vram_after }
  told.push([0.1, { type: 'loadout_stopped', ...ref, ...stop }])
  if (index === LEAKING) {
    const processes = [{ pid: 77, name: 'python3', vram: 0.5 }]
    told.push([0, { type: 'vram_leak', ...ref, vram_prior, vram_after, processes }])
  }
  return told
}

/** Index of the loadout whose memory does not come back. */
const LEAKING = 2
function ended(result: ScenarioResult): SessionEvent {
  return { type: 'scenario_ended', domain: result.domain, result }
}

/** A sample of two GPUs; `used` GB over both. */
export function sample(used: number): Told {
  const gpus = [0, 1].map((index) => ({
    index,
    name: 'NVIDIA GeForce RTX 5090',
    vram_used: index === 0 ? used - 0.5 : 0.5,
    vram_total: 32,
    utilization: index === 0 ? 0.8 : 0,
    throttled: false,
  }))
  const host = { cpu: 0.3, ram_used: 20, ram_total: 64, swap_used: 0 }
  return [0.5, { type: 'sample', gpus, stale: false, interval: 1, ...host }]
}
