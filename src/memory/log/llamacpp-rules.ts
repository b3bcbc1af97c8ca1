import type { LoadDraft } from './load-draft.ts'
import type { Loads, Rule } from './rules.ts'
import { bytesIn, countOf } from './sizes.ts'
import type { PartName } from '../need.ts'

/** Of `llama_context`, and as it was called before. */
const CONTEXT =
  '(?:llama_context(?:_base|_kv_self)?|llama_new_context_with_model|llama_init_from_model)'
/** `Vulkan_Host`, `RPC[192.168.0.2:50052]`, `HTP0:1`, `Meta()`. */
const BUFFER = /: +(\S+)( +(?:model|KV|RS|compute|output|LoRA))? +buffer size += +([\d.]+) MiB/

const BUFFERS: Record<string, PartName> = {
  model: 'weights',
  '': 'weights',
  KV: 'kv_cache',
  RS: 'state',
  compute: 'compute',
  output: 'output',
  LoRA: 'overhead',
}

/** Lines of llama.cpp since 2023, also where Ollama runs it. */
export const llamacppRules: readonly Rule[] = [
  ...projector(),
  {
    has: 'load_model: loading model ',
    pattern: /load_model: loading model '([^']+)'/,
    read: ([, model], loads) => void (loads.begin().facts.model = model!),
  },
  {
    has: 'loaded meta data with',
    pattern: /loaded meta data with .* from (.+?)(?: \(version .*)?$/,
    read: ([, path], loads) => {
      const load = loads.now.hasContext && loads.now.about === undefined ? loads.begin() : loads.now
      if (load.about === undefined) load.facts.model = path!
    },
  },
  {
    has: 'build',
    pattern: /\bbuild(?::| =)? (\d+) \([0-9a-f]{6,}\)/,
    read: ([, build], loads) => {
      // What is not made from a clone counts from 0 or 1.
      if (Number(build) > 1) loads.common({ version: build! })
    },
  },
  {
    has: 'no_alloc',
    pattern: /no_alloc += +1\b/,
    read: (_, loads) => void (loads.now.isDry = true),
  },
  fact('general.architecture', /general\.architecture str += (\S+)/, (load, value) => {
    load.facts.architecture = value
  }),
  fact('arch', /print_(?:info|meta): arch += (\S+)/, (load, value) => {
    load.facts.architecture = value
  }),
  fact('type', /print_(?:info|meta): (?:file type|model ftype) += (.+?)\s*$/, (load, value) => {
    load.facts.quantisation = value
  }),
  fact('n_ctx_train', /n_ctx_train += (\d+)/, (load, value) => {
    load.facts.trainedContext = countOf(value)
  }),
  {
    has: 'layers to GPU',
    pattern: /offloaded (\d+)\/(\d+) layers to GPU/,
    read: ([, offloaded, total], loads) => {
      const load = weightsOf(loads)
      if (load.about !== undefined) return
      load.facts.layers = { offloaded: Number(offloaded), total: Number(total) }
    },
  },
  {
    has: 'buffer size',
    pattern: BUFFER,
    read: ([, device, kind = '', mib], loads) => {
      const part = BUFFERS[kind.trim()]!
      const load = part === 'weights' ? weightsOf(loads) : contextOf(loads)
      // These are made anew when they have to be larger.
      const isReplaced = part === 'compute' || part === 'output'
      const key = isReplaced ? `#${load.contexts}` : load.another('buffers')
      load.put('buffers', part, device!, bytesIn(mib!, 'M'), key)
    },
  },
  {
    has: 'state buffer size',
    pattern: /: +(\S+) DSV4 \S+ state buffer size = +([\d.]+) MiB/,
    read: ([, device, mib], loads) => {
      const load = contextOf(loads)
      load.put('buffers', 'state', device!, bytesIn(mib!, 'M'), load.another('buffers'))
    },
  },
  {
    has: 'elf size',
    pattern: /[Kk][Vv] self size += +([\d.]+) (M)i?B(?:, K \((\S+?)\): .*?, V \((\S+?)\):)?/,
    read: ([, size, unit, k, v], loads) => cache(contextOf(loads), bytesIn(size!, unit!), k, v),
  },
  {
    has: ' cells,',
    pattern:
      /: size = +([\d.]+) MiB \( *\d+ cells, +\d+ layers, +[\d/ ]+seqs\), K \((\S+?)\): .*?, V \((\S+?)\):/,
    read: ([, size, k, v], loads) => cache(contextOf(loads), bytesIn(size!, 'M'), k, v),
  },
  {
    has: ' cells,',
    pattern: /: size = +([\d.]+) MiB \( *\d+ cells,.*\), R \(/,
    read: ([, size], loads) => whole(contextOf(loads), 'state', bytesIn(size!, 'M')),
  },
  {
    has: 'kv_size',
    pattern: /kv_size = (\d+),.* type_k = '(\w+)', type_v = '(\w+)'/,
    read: ([, , k, v], loads) => {
      const { facts, about } = loads.now
      if (about === undefined) facts.kvTypes ??= { k: k!, v: v! }
    },
  },
  {
    has: 'n_seq_max',
    pattern: new RegExp(String.raw`${CONTEXT}: n_seq_max += (\d+)`),
    read: ([, slots], loads) => {
      const load = newContext(loads)
      if (load.about === undefined) load.facts.slots = countOf(slots)
    },
  },
  {
    has: 'n_ctx ',
    pattern: new RegExp(String.raw`${CONTEXT}: n_ctx += (\d+)`),
    read: ([, tokens], loads) => {
      const load = loads.now.hasContext ? loads.now : newContext(loads)
      if (load.about === undefined) load.facts.context = countOf(tokens)
    },
  },
  {
    has: 'constructing llama_context',
    pattern: /constructing llama_context/,
    read: (_, loads) => void newContext(loads),
  },
  fact('n_ubatch', /: n_ubatch += (\d+)/, (load, value) => {
    load.facts.ubatch = countOf(value)
  }),
  fact('kv_unified', /: kv_unified += (true|false)/, (load, value) => {
    load.facts.unified = value === 'true'
  }),
  // `auto` is told later, by what it was set to.
  fact('flash_attn', /: flash_attn += (0|1|enabled|disabled)\b/, (load, value) => {
    load.facts.flash = value === '1' || value === 'enabled'
  }),
  fact(
    'Flash Attention',
    /Flash Attention (?:was auto, set to )?(enabled|disabled)/,
    (load, value) => {
      load.facts.flash = value === 'enabled'
    },
  ),
  fact('Flash Attention', /Flash Attention not supported, set to (disabled)/, (load) => {
    load.facts.flash = false
  }),
  {
    has: 'load_model: loading draft model',
    pattern: /loading draft model/,
    read: (_, loads) => aboutDraft(loads),
  },
  {
    has: 'draft context',
    pattern: /creating (?:MTP )?draft context/,
    read: (_, loads) => aboutDraft(loads),
  },
  ...before2024(),
]

/** What sees or hears for the model, in a file of its own. */
function projector(): Rule[] {
  return [
    {
      has: 'CLIP using',
      pattern: /CLIP using (\S+) backend/,
      read: ([, device], loads) => void (loads.now.projectorDevice = device!),
    },
    {
      has: 'model size:',
      pattern: /(?:clip\w*|load_hparams): model size: +([\d.]+) (M)i?B/,
      read: ([, size, unit], loads) => {
        const { now } = loads
        now.putOf('projector', 'weights', now.projectorDevice, bytesIn(size!, unit!))
      },
    },
    {
      has: 'compute buffer size',
      pattern: /(?:alloc_compute_meta|clip\w*): +(\S+) compute buffer size = +([\d.]+) MiB/,
      read: ([, device, mib], loads) =>
        loads.now.putOf('projector', 'compute', device!, bytesIn(mib!, 'M')),
    },
  ]
}

/** Until the beginning of 2024, without buffers: what lies where was told in sums. */
function before2024(): Rule[] {
  return [
    {
      has: 'mem required',
      pattern: /mem required += +([\d.]+) (M)i?B/,
      read: ([, size, unit], loads) =>
        weightsOf(loads).put('summary', 'weights', 'CPU', bytesIn(size!, unit!)),
    },
    {
      has: 'n_ctx ',
      pattern: /llama_model_load_internal: n_ctx += (\d+)/,
      read: ([, tokens], loads) => void (weightsOf(loads).facts.context = countOf(tokens)),
    },
    {
      has: 'total VRAM used',
      pattern: /total VRAM used: +([\d.]+) (M)i?B(?! \()/,
      // Weights, and the cache where that was offloaded: which of it is what, nobody says.
      read: ([, size, unit], loads) =>
        loads.now.put('summary', 'overhead', 'GPU', bytesIn(size!, unit!)),
    },
    {
      has: ': VRAM used',
      pattern: /: VRAM used: +([\d.]+) (M)i?B/,
      read: ([, size, unit], loads) =>
        weightsOf(loads).put('summary', 'weights', 'GPU', bytesIn(size!, unit!)),
    },
    {
      has: 'compute buffer total size',
      pattern: /compute buffer total size = +([\d.]+) (M)i?B/,
      read: ([, size, unit], loads) =>
        contextOf(loads).put('summary', 'compute', null, bytesIn(size!, unit!)),
    },
  ]
}

function fact(has: string, pattern: RegExp, set: (load: LoadDraft, value: string) => void): Rule {
  return {
    has,
    pattern,
    read: ([, value], loads) => {
      // A model that drafts has facts of its own, and they are not those of the load.
      if (loads.now.about === undefined) set(loads.now, value!)
    },
  }
}

/** Weights after a context are those of another load, unless they are known to be another model's of the same. */
function weightsOf(loads: Loads): LoadDraft {
  const { now } = loads
  return now.hasContext && now.about === undefined ? loads.begin() : now
}

function contextOf({ now }: Loads): LoadDraft {
  now.hasContext = true
  return now
}

function newContext(loads: Loads): LoadDraft {
  const load = contextOf(loads)
  load.contexts += 1
  return load
}

function cache(load: LoadDraft, bytes: number | null, k?: string, v?: string): void {
  whole(load, 'kv_cache', bytes)
  if (load.about !== undefined) return
  if (k !== undefined && v !== undefined) load.facts.kvTypes ??= { k, v }
}

function whole(load: LoadDraft, part: PartName, bytes: number | null): void {
  load.put('summary', part, null, bytes, load.another('summary'))
  if (load.about === undefined) load.whole[part] = (load.whole[part] ?? 0) + (bytes ?? 0)
}

function aboutDraft({ now }: Loads): void {
  now.about = 'draft'
  now.contexts += 1
}
