import type { EventOf } from '../../events/index.ts'
import type { MemoryNeed } from '../../memory/need.ts'
import {
  type Demand,
  placeAll,
  type Placement,
  sumOf,
  type Verdict,
} from '../../memory/room/placement.ts'
import { gpuRooms, type Holder, type Room, visibleIn } from '../../memory/room/rooms.ts'
import { largestContextOf, neededTogether, placementInWords } from '../../memory/room/words.ts'
import type { Sheet } from '../../memory/sheets/types.ts'
import type { ModelUri } from '../../plan/types.ts'
import { HostSource } from '../../telemetry/host-source.ts'
import type { GpuProcess, Sample } from '../../telemetry/types.ts'
import type { EngineContext } from '../engine.ts'
import { isForeseeable, isKeptOffGpus } from './foreseeable.ts'
import { needOf } from './need-of.ts'

/** The machine as it is before a loadout is loaded. */
export interface Surroundings {
  /** Null where the GPUs cannot be read, or there is none. */
  sample: Pick<Sample, 'gpus' | 'stale'> | null
  hasGpu: boolean
  processes: readonly GpuProcess[]
  /** What runs have shown of models; absent where nobody has looked. */
  sheets?: readonly Sheet[]
}

/** What is seen of a loadout before it is loaded. */
export interface Foreseen {
  placements: readonly Placement[]
  verdict: Verdict
  event: Omit<EventOf<'memory_foreseen'>, 'type' | 'domain' | 'loadout'>
  /** What there is to say of each model, in their order. */
  sentences: readonly string[]
}

/** What models that are loaded together need, and whether it is free. Loads nothing and never throws. */
export async function foresee(
  models: readonly ModelUri[],
  { sample, hasGpu, processes, sheets }: Surroundings,
  context: EngineContext,
  need: typeof needOf = needOf,
): Promise<Foreseen> {
  const own = models.filter((model) => isForeseeable([model]))
  const { ramTotal, ramUsed } = await new HostSource().read()
  const hostFree = Math.max(0, ramTotal - ramUsed)
  const gpus = sample === null || sample.stale ? [] : sample.gpus
  const host: Room = { gpu: null, total: ramTotal, free: hostFree }
  const isMac = process.platform === 'darwin' && gpus.length === 0
  // Of a Mac's memory is told what there is, and not what is free.
  const machine: Room = isMac ? { ...host, free: null } : host
  const rooms = hasGpu && !isMac ? gpuRooms(gpus, visibleIn(context.env), hostFree) : [machine]
  const isShared = gpus.some(({ shared }) => shared !== undefined)
  const gpuBytes = rooms.reduce((sum, { gpu, total }) => sum + (gpu === null ? 0 : (total ?? 0)), 0)
  const placements = await placed(own, {
    rooms,
    host,
    isShared,
    gpuBytes,
    sheets,
    context,
    need,
  })
  const holders = rooms.some(({ gpu }) => gpu !== null) ? processes : []
  const verdict = worst(placements.map((one) => one.verdict))
  const used = placements[0]?.rooms ?? rooms
  return {
    placements,
    verdict,
    event: {
      needs: placements.map(needIn),
      bytes: rounded(neededTogether(placements.map(({ need }) => need))),
      free: rounded(sumOf(rooms.map(({ free }) => free))),
      total: rounded(sumOf(rooms.map(({ total }) => total))),
      memory: used.some(({ gpu }) => gpu === null) ? 'host' : 'gpu',
      verdict,
    },
    sentences: placements.map((one) => placementInWords(one, holdersOn(holders, one))),
  }
}

interface Place {
  rooms: readonly Room[]
  host: Room
  /** The GPUs work in the machine's memory. */
  isShared: boolean
  gpuBytes: number
  sheets: readonly Sheet[] | undefined
  context: EngineContext
  need: typeof needOf
}

/** Those that the plan keeps off the GPUs go to the machine's memory, whatever GPUs there are. */
async function placed(
  models: readonly ModelUri[],
  { rooms, host, isShared, gpuBytes, sheets, context, need }: Place,
): Promise<Placement[]> {
  const demands = await Promise.all(
    models.map(async (model) => {
      const isOnHost = rooms.includes(host) || isKeptOffGpus(model)
      const on = isOnHost || isShared ? 'host' : 'gpu'
      const asked = { on, gpuBytes, sheets, onCpu: isOnHost } as const
      return { isOnHost, demand: demandOf(model, await need(model, context, asked)) }
    }),
  )
  const onHost = demands.filter(({ isOnHost }) => isOnHost)
  const onGpus = demands.filter(({ isOnHost }) => !isOnHost)
  const places = new Map([
    ...zipped(
      onHost,
      placeAll(
        onHost.map(({ demand }) => demand),
        [host],
      ),
    ),
    ...zipped(
      onGpus,
      placeAll(
        onGpus.map(({ demand }) => demand),
        rooms,
      ),
    ),
  ])
  return demands.map((one) => places.get(one)!)
}

function zipped<One, Other>(ones: readonly One[], others: readonly Other[]): [One, Other][] {
  return ones.map((one, index) => [one, others[index]!])
}

function demandOf(model: ModelUri, need: MemoryNeed): Demand {
  const parallel = Number(model.flags['tensor_parallel'])
  return {
    need,
    cards: model.engine === 'vllm' && parallel > 1 ? parallel : 1,
    spreads: model.engine !== 'vllm',
    // The models of an Ollama share one server, which places them itself.
    canBePinned: model.engine !== 'ollama',
  }
}

function needIn(placement: Placement): Foreseen['event']['needs'][number] {
  const { need, verdict, rooms } = placement
  return {
    model: need.model,
    parts: need.parts.map(({ name, bytes, source }) => {
      const about = { name, bytes: rounded(bytes), source: source.from }
      if (source.from === 'learned')
        return { ...about, n: source.n, spread: rounded(source.spread) }
      return source.from === 'unknown' ? { ...about, why: source.why } : about
    }),
    bytes: rounded(need.bytes),
    rests_on: [...need.restsOn],
    verdict,
    gpus: rooms.flatMap(({ gpu }) => (gpu === null ? [] : gpu.index)),
    largest_context: verdict === 'too_large' ? largestContextOf(placement) : null,
  }
}

/** Of several cards the driver does not tell which one a process is on: each may be who holds it. */
function holdersOn(processes: readonly GpuProcess[], { rooms }: Placement): readonly Holder[] {
  return rooms.some(({ gpu }) => gpu !== null) ? processes : []
}

function worst(verdicts: readonly Verdict[]): Verdict {
  const order: Verdict[] = ['too_large', 'unknown', 'fits']
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'fits'
}

const rounded = (bytes: number | null): number | null => (bytes === null ? null : Math.round(bytes))
