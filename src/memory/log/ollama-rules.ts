import type { LoadDraft } from './load-draft.ts'
import type { Loads, Rule } from './rules.ts'
import { bytesOf, countOf } from './sizes.ts'
import type { PartName } from '../need.ts'

const SUMMARY: Record<string, PartName> = {
  'model weights': 'weights',
  'kv cache': 'kv_cache',
  'compute graph': 'compute',
}

/** Lines of Ollama itself, from the layouts of 2024 to the runner of today. */
export const ollamaRules: readonly Rule[] = [
  {
    has: '(version ',
    pattern: /Listening on \S+ \(version ([^)\s]+)\)/,
    read: ([, version], loads) => loads.common({ version: version! }),
  },
  {
    has: 'server config',
    pattern: /msg="server config" env="?map\[(.*)\]/,
    read: ([, env], loads) => {
      const slots = countOf(setting(env!, 'OLLAMA_NUM_PARALLEL'))
      const kvType = setting(env!, 'OLLAMA_KV_CACHE_TYPE')
      if (slots !== null && slots > 0) loads.common({ slots })
      if (kvType) loads.common({ kvType })
    },
  },
  {
    has: ' runner',
    pattern: /msg="starting (?:runner|llama server)" cmd="(.*)"?/,
    read: ([, cmd], loads) => started(cmd!, loads),
  },
  {
    has: 'starting llama server',
    pattern: /msg="starting llama server" cmd="(.*)"?/,
    read: ([, cmd], loads) => started(cmd!, loads),
  },
  {
    has: 'msg=load request=',
    pattern: /\{Operation:(\w+) (.*)\}/,
    read: ([, operation, request], { now }) => {
      // What is tried before is what it may have to be, not what it is.
      if (operation === 'close') return
      requested(request!, now)
    },
  },
  {
    has: 'architecture=',
    pattern: /architecture=(\w+) file_type=(\S+)/,
    read: ([, architecture, type], { now }) => {
      Object.assign(now.facts, { architecture, quantisation: type })
    },
  },
  {
    has: ' size="',
    pattern:
      /msg="(model weights|kv cache|compute graph)" (?:device|buffer|backend)=(\S+)(?: buffer_type=(\S+))? size="([^"]+)"/,
    read: ([, what, device, buffer, size], { now }) => {
      const part = SUMMARY[what!]!
      // It is told again for each layout that is tried; the last one is taken.
      if (part === 'weights' && now.has('compute', 'summary')) now.restart('summary')
      if (part === 'weights' && now.facts.total !== null) now.restart('summary')
      if (part === 'weights') now.facts.total = null
      now.put('summary', part, buffer ?? device!, bytesOf(size!))
    },
  },
  {
    has: 'total memory',
    pattern: /msg="total memory" size="([^"]+)"/,
    read: ([, size], { now }) => void (now.facts.total = bytesOf(size!)),
  },
  {
    has: 'memory.required.full',
    pattern: /msg="?offload(?: to)? ?(?:library=)?(\w+)"? (layers\.requested=.*)/,
    read: ([, library, line], loads) => {
      // It is the first line of a load, and comes before the runner is started.
      const load = loads.now.isEmpty ? loads.now : loads.begin()
      estimated(library!, line!, load)
    },
  },
]

function setting(env: string, name: string): string | undefined {
  return new RegExp(`(?:^| )${name}:(\\S*)`).exec(env)?.[1]
}

/** A runner that finds out what GPUs there are is given no model. */
function started(cmd: string, loads: Loads): void {
  const model = /--model (.+?)(?= --|\\?"|$)/.exec(cmd)?.[1]
  if (model === undefined) return
  const isEstimated = loads.now.facts.model === null && loads.now.has('weights', 'estimate')
  const { facts } = isEstimated ? loads.now : loads.begin()
  facts.model = model.replaceAll('\\\\', '\\')
  facts.context ??= countOf(/--ctx-size (\d+)/.exec(cmd)?.[1])
  facts.slots = countOf(/--parallel (\d+)/.exec(cmd)?.[1]) ?? facts.slots
  if (/--flash-attn\b/.test(cmd)) facts.flash = true
  const type = /--(?:kv-cache-type|cache-type-k) (\w+)/.exec(cmd)?.[1]
  if (type !== undefined) facts.kvTypes = { k: type, v: type }
}

function requested(request: string, { facts }: LoadDraft): void {
  const value = (name: string): string | undefined =>
    new RegExp(`(?:^| )${name}:(\\S*)`).exec(request)?.[1]
  const context = countOf(value('KvSize'))
  if (context) facts.context = context
  const slots = countOf(value('Parallel'))
  if (slots) facts.slots = slots
  const flash = value('FlashAttention')
  if (flash) facts.flash = flash === 'true' || flash === 'Enabled'
  const type = value('KvCacheType')
  if (type !== undefined) facts.kvTypes = { k: type || 'f16', v: type || 'f16' }
}

/** What Ollama thought until 2025 before it loaded: how much of it came true, the lines after it say. */
function estimated(library: string, line: string, load: LoadDraft): void {
  const value = (name: string): string | undefined => {
    const [, quoted, plain] =
      new RegExp(`${name.replaceAll('.', '\\.')}=(?:"([^"]*)"|(\\S*))`).exec(line) ?? []
    return quoted ?? plain
  }
  const bytes = (name: string): number | null => bytesOf(value(name) ?? '')
  const [offloaded, total] = [countOf(value('layers.offload')), countOf(value('layers.model'))]
  const isWhole = offloaded !== null && total !== null && offloaded >= total
  const isNone = offloaded === 0 || library === 'cpu'
  // Where it is split nobody says which part lies where.
  const device = isNone ? 'CPU' : isWhole ? library : null
  if (offloaded !== null && total !== null) load.facts.layers = { offloaded, total }
  load.facts.total = bytes('memory.required.full')
  load.put('estimate', 'weights', device, bytes('memory.weights.total'))
  load.put('estimate', 'kv_cache', device, bytes('memory.required.kv'))
  load.put(
    'estimate',
    'compute',
    device,
    bytes(isWhole ? 'memory.graph.full' : 'memory.graph.partial'),
  )
  load.about = 'projector'
  load.put('estimate', 'weights', device, bytes('projector.weights'))
  load.put('estimate', 'compute', device, bytes('projector.graph'))
  load.about = undefined
}
