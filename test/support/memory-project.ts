import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bytesOf, type GgufInput, ggufHeader, type TensorInput, u32 } from './gguf-file.ts'
import { type NvidiaSmiStandIn, nvidiaSmi } from './nvidia-smi.ts'
import { createProject, type Project } from './project.ts'
import { cacheModel, standInMachine } from './stand-ins.ts'

const LAYERS = 32
const WIDTH = 4_096
/** How a load of a model of which the GPU got two thirds is told by llama.cpp. */
const SPILLED = [
  'load_tensors: offloading 20 repeating layers to GPU',
  'load_tensors: offloaded 20/33 layers to GPU',
  'load_tensors:   CPU_Mapped model buffer size =  4096.00 MiB',
  'load_tensors:        CUDA0 model buffer size =  6144.00 MiB',
  'llama_kv_cache:        CPU KV buffer size =   384.00 MiB',
  'llama_kv_cache:      CUDA0 KV buffer size =   640.00 MiB',
  '',
].join('\n')
const WHOLE = [
  'load_tensors: offloaded 33/33 layers to GPU',
  'load_tensors:        CUDA0 model buffer size =  4096.00 MiB',
  'llama_kv_cache:      CUDA0 KV buffer size =  1024.00 MiB',
  '',
].join('\n')

/** A project of four models beside a card of 24 GB, of which somebody else holds 1.2 GB. */
export function memoryProject(): { project: Project; env: Record<string, string> } {
  const project = createProject('memory')
  const models = join(project.root, 'models')
  mkdirSync(models)
  writeModel(join(models, 'fits.gguf'), 4, { log: WHOLE, vram: 5_600 })
  writeModel(join(models, 'spills.gguf'), 10, { log: SPILLED, vram: 7_200 })
  writeModel(join(models, 'too-long.gguf'), 12)
  writeModel(join(models, 'new.gguf'), 4, { architecture: 'of-next-year' })
  const machine = standInMachine(join(dirname(project.root), 'machine'), ['llama-server'])
  const smi: NvidiaSmiStandIn = nvidiaSmi()
  smi.allocate(process.pid, { used: 1_229, name: '/usr/bin/python3' })
  const path = `${smi.env['PATH']!.split(':')[0]}:${machine.env['PATH']}`
  return { project, env: { ...machine.env, ...smi.env, PATH: path } }
}

/** A project of a model of vLLM beside two cards of 24 GB, the first of which somebody else fills. */
export function vllmProject(): { project: Project; env: Record<string, string> } {
  const project = createProject('memory')
  const machine = standInMachine(join(dirname(project.root), 'machine'), ['vllm'])
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: WIDTH,
    num_hidden_layers: LAYERS,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    max_position_embeddings: 131_072,
    vocab_size: 32_000,
    torch_dtype: 'bfloat16',
  }
  const index = { metadata: { total_size: 8 * 1024 ** 3 }, weight_map: {} }
  cacheModel(machine, 'stand-in/eight', {
    'config.json': JSON.stringify(config),
    'model.safetensors.index.json': JSON.stringify(index),
    'model-00001-of-00001.safetensors': '',
  })
  const smi = nvidiaSmi()
  smi.gpus({ base: 20_000 }, { base: 512 })
  const path = `${smi.env['PATH']!.split(':')[0]}:${machine.env['PATH']}`
  return {
    project,
    env: { ...machine.env, ...smi.env, PATH: path, JARVIS_PLAN: 'plans/vllm.yaml' },
  }
}

interface Model {
  architecture?: string
  log?: string
  vram?: number
}

/** A file as large as a model of so many GB, of which only the header takes any room. */
function writeModel(path: string, gigabytes: number, model: Model = {}): void {
  const { architecture = 'llama', log, vram } = model
  const keys: Record<string, GgufInput> = {
    'general.architecture': architecture,
    [`${architecture}.block_count`]: u32(LAYERS),
    [`${architecture}.context_length`]: u32(131_072),
    [`${architecture}.embedding_length`]: u32(WIDTH),
    [`${architecture}.attention.head_count`]: u32(32),
    [`${architecture}.attention.head_count_kv`]: u32(8),
    [`${architecture}.vocab_size`]: u32(32_000),
  }
  const rows = (gigabytes * 1024 ** 3) / LAYERS / WIDTH / (18 / 32)
  const tensors = Array.from({ length: LAYERS }, (_, layer): TensorInput => {
    const name = `blk.${layer}.ffn_up.weight`
    return { name, dimensions: [WIDTH, Math.round(rows)], type: 'q4_0' }
  })
  const header = ggufHeader(keys, tensors)
  writeFileSync(path, header)
  truncateSync(path, header.length + tensors.reduce((sum, one) => sum + bytesOf(one), 0))
  if (log !== undefined) writeFileSync(`${path}.log`, log)
  if (vram !== undefined) writeFileSync(`${path}.vram`, String(vram))
}
