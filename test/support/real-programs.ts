import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { homeFolder } from '../../src/host/home-folder.ts'
import { findProgram } from '../../src/host/programs.ts'
import {
  cachedRepository,
  holdsWeights,
  hubFolder,
} from '../../src/services/engines/hugging-face.ts'

/** A program that is installed here, with a model that it has: tests of its stand-in run on it as well. */
export interface RealProgram {
  program: string
  model: string
  /** What it needs of the environment besides. */
  env: Record<string, string>
}

/** A larger one would make a test of minutes out of one of seconds. */
const LARGEST_MODEL = 2 * 1024 ** 3
/** Files beside a language model, and models that do not chat. */
const NO_CHAT = /mmproj|imatrix|mtp-|embed|rerank|bge|minilm|vocab|-of-/i
const TOOL_TIMEOUT_MS = 15_000
/** Where Ollama has its models, besides `OLLAMA_MODELS`: the user's own, and those of its service on Linux. */
const OLLAMA_FOLDERS = [join(homeFolder(process.env), '.ollama'), '/usr/share/ollama/.ollama']

interface Sized {
  model: string
  size: number
  folder?: string
}

/** Ollama, and the smallest model that it has. `JARVIS_TEST_OLLAMA_MODEL` names another, or is `off`. */
export function realOllama(): RealProgram | null {
  const own = process.env['OLLAMA_MODELS']
  const folders = own ? [own] : OLLAMA_FOLDERS.map((folder) => join(folder, 'models'))
  const named = process.env['JARVIS_TEST_OLLAMA_MODEL']
  const all = folders.flatMap((folder) => ollamaModels(folder))
  const chosen = named ? all.find(({ model }) => model === named) : smallest(all)
  const program = process.env['OLLAMA_BIN'] || onPath('ollama')
  if (named === 'off' || program === null || chosen === undefined) return null
  return { program, model: chosen.model, env: { OLLAMA_MODELS: chosen.folder! } }
}

/** llama-server, and the smallest GGUF file of the caches. `JARVIS_TEST_LLAMA_MODEL` names another, or is `off`. */
export function realLlamaServer(): RealProgram | null {
  const named = process.env['JARVIS_TEST_LLAMA_MODEL']
  const older = process.env['LLAMA_CACHE'] || join(homeFolder(process.env), '.cache', 'llama.cpp')
  const files = [hubFolder(process.env), older].flatMap((folder) => ggufFiles(folder))
  const model = named || smallest(files)?.model
  const program = process.env['LLAMA_SERVER'] || onPath('llama-server')
  if (named === 'off' || program === null || model === undefined) return null
  return { program, model, env: {} }
}

/**
 * vLLM, and the smallest language model of the Hugging Face cache, where an NVIDIA GPU has half of its memory
 * free. `JARVIS_TEST_VLLM_MODEL` names another, or is `off`.
 */
export function realVllm(): RealProgram | null {
  const named = process.env['JARVIS_TEST_VLLM_MODEL']
  const program = onPath('vllm')
  if (named === 'off' || program === null) return null
  if (!named && !hasRoomOnGpu()) return null
  const model = named || smallest(languageModels(hubFolder(process.env)))?.model
  return model === undefined ? null : { program, model, env: {} }
}

/** Whether an nvidia-smi is installed that tells of a GPU. `JARVIS_TEST_NVIDIA=off` leaves it alone. */
export function hasNvidiaSmi(): boolean {
  return process.env['JARVIS_TEST_NVIDIA'] !== 'off' && nvidiaMemory().length > 0
}

function onPath(program: string): string | null {
  return findProgram(program, { cwd: process.cwd(), env: process.env })
}

function smallest(models: readonly Sized[]): Sized | undefined {
  const suitable = models.filter(({ model, size }) => size <= LARGEST_MODEL && !NO_CHAT.test(model))
  return suitable.toSorted((a, b) => a.size - b.size)[0]
}

/** A manifest lists the layers of a model with their sizes; that of the weights is by far the largest. */
function ollamaModels(folder: string): Sized[] {
  const library = join(folder, 'manifests', 'registry.ollama.ai', 'library')
  return filesIn(library).flatMap((path) => {
    try {
      const { layers } = JSON.parse(readFileSync(path, 'utf8')) as { layers: { size: number }[] }
      const size = layers.reduce((sum, layer) => sum + layer.size, 0)
      return [{ model: `${basename(dirname(path))}:${basename(path)}`, size, folder }]
    } catch {
      return []
    }
  })
}

function ggufFiles(folder: string): Sized[] {
  const paths = filesIn(folder).filter((path) => path.endsWith('.gguf'))
  return paths.flatMap((model) => (sizeOf(model) > 0 ? [{ model, size: sizeOf(model) }] : []))
}

function languageModels(hub: string): Sized[] {
  return namesIn(hub).flatMap((name) => {
    const [, owner, title] = /^models--(.+?)--(.+)$/.exec(name) ?? []
    if (owner === undefined || title === undefined) return []
    const model = `${owner}/${title}`
    const cached = cachedRepository(model, hub)
    if (cached === null || !holdsWeights(cached) || !isLanguageModel(cached.folder)) return []
    const size = cached.files.reduce((sum, file) => sum + sizeOf(join(cached.folder, file)), 0)
    return [{ model, size }]
  })
}

function isLanguageModel(snapshot: string): boolean {
  try {
    return /"architectures":\s*\[\s*"\w+ForCausalLM"/.test(
      readFileSync(join(snapshot, 'config.json'), 'utf8'),
    )
  } catch {
    return false
  }
}

function hasRoomOnGpu(): boolean {
  const [first] = nvidiaMemory()
  return first !== undefined && first.used < first.total / 2
}

/** In MiB, of each GPU; empty where the tool or the GPU is missing. */
function nvidiaMemory(): { used: number; total: number }[] {
  const args = ['--query-gpu=memory.used,memory.total', '--format=csv,noheader,nounits']
  const program = onPath('nvidia-smi')
  if (program === null) return []
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: TOOL_TIMEOUT_MS })
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [used, total] = line.split(',').map(Number)
    return used !== undefined && total !== undefined && total > 0 ? [{ used, total }] : []
  })
}

function filesIn(folder: string): string[] {
  return namesIn(folder, true).map((name) => join(folder, name))
}

function namesIn(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' })
  } catch {
    return []
  }
}

/** 0 for what is no file, and for a link whose target was not fetched. */
function sizeOf(path: string): number {
  try {
    const facts = statSync(path)
    return facts.isFile() ? facts.size : 0
  } catch {
    return 0
  }
}
