import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parse } from 'yaml'
import { BYTES_PER_GB } from '../../host/gigabytes.ts'
import type { MemoryLoad } from '../../memory/sheets/types.ts'

/** A sheet is a few lines. */
const MOST_BYTES = 64 * 1024
/** Tokens that its cost is for. */
const PER_TOKENS = 10_000
/** What its files are called by, and how its ids began once. */
const ENGINES: Record<string, string> = { ol: 'ollama', vl: 'vllm' }

/**
 * The sheet of a model by the Python runner, `model_calibrations/*.yaml`, as a load; null where a file is none. Its GB are of
 * 1024³ bytes: it divides the MiB of logs by 1024, and takes the GiB of vLLM as they are.
 */
export async function runnerSheet(path: string): Promise<MemoryLoad | null> {
  const sheet = await readYaml(path)
  if (!isObject(sheet) || !isObject(sheet['constants'])) return null
  const { constants } = sheet
  const base = bytesOf(constants['base_vram_gb'])
  const perTokens = bytesOf(constants['kv_cache_gb_per_10k'])
  if (base === null && perTokens === null) return null
  const metadata = isObject(sheet['metadata']) ? sheet['metadata'] : {}
  const tokens = countOf(metadata['source_tokens']) ?? PER_TOKENS
  const cache = bytesOf(metadata['source_cache_gb'] ?? metadata['source_kv_gb'])
  const [engine, id] = nameOf(sheet['id'], sheet['engine'], basename(path))
  const card = metadata['gpu_vram_total_gb']
  const kv = perTokens === null ? cache : Math.round((perTokens * tokens) / PER_TOKENS)
  return {
    session: basename(path),
    time: timeOf(metadata['calibrated_at']),
    engine,
    version: null,
    model: `${engine}://${id}`,
    digest: null,
    quantisation: null,
    kv_type: null,
    flash_attention: null,
    slots: null,
    device: typeof card === 'number' && card > 0 ? `GPU of ${card.toFixed(2)} GB` : null,
    driver: null,
    unified: null,
    ubatch: null,
    // What vLLM holds is no context.
    context: engine === 'vllm' ? null : tokens,
    layers: null,
    parts: { ...(base !== null && { weights: base }), ...(kv !== null && { kv_cache: kv }) },
    gpu_bytes: null,
    gpu_parts: null,
    kv_tokens: engine === 'vllm' ? tokens : null,
    process_bytes: null,
    peak_bytes: null,
    vram_prior: null,
    vram_loaded: null,
    vram_after: null,
    predicted_bytes: null,
  }
}

async function readYaml(path: string): Promise<unknown> {
  try {
    if ((await stat(path)).size > MOST_BYTES) return null
    return parse(await readFile(path, 'utf8'), { logLevel: 'error' }) as unknown
  } catch {
    return null
  }
}

function nameOf(id: unknown, engine: unknown, file: string): [engine: string, name: string] {
  const name = typeof id === 'string' ? id : file.replace(/\.ya?ml$/i, '').replace(/^[a-z]+_/i, '')
  const prefix =
    /^(OL|VL)_/.exec(name)?.[1]?.toLowerCase() ?? /^(ol|vl)_/i.exec(file)?.[1]?.toLowerCase()
  const known = typeof engine === 'string' ? engine : ENGINES[prefix ?? '']
  return [known ?? 'native', name.replace(/^(?:OL|VL)_/, '')]
}

/** It writes the time of its machine, without a zone. */
function timeOf(value: unknown): string {
  const text = typeof value === 'string' ? value.trim().replace(' ', 'T') : ''
  return /^\d{4}-\d\d-\d\d/.test(text) ? text : ''
}

function bytesOf(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null
  return Math.round(value * BYTES_PER_GB)
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
