import pc from 'picocolors'
import { clean } from '../../dashboard/text.ts'
import type { MemoryNeed, MemoryPart } from '../../memory/need.ts'
import { MEMORY_PARTS } from '../../events/memory-parts.ts'
import { sumOf } from '../../memory/sheets/measured.ts'
import type { MemoryLoad } from '../../memory/sheets/types.ts'
import { sizeCell, kilobytes, tokensText } from './numbers.ts'
import type { MemoryFileReport } from './read-files.ts'

const WIDTH = 12

/** What files tell of memory, for people: each with its loads below it. */
export function fileLines(
  found: readonly MemoryFileReport[],
  { colors }: { colors: boolean },
): string[] {
  const paint = pc.createColors(colors)
  return found.flatMap((file, index) => {
    const body = file.kind === 'model' ? needLines(file.need) : file.loads.flatMap(loadLines)
    return [...(index === 0 ? [] : ['']), paint.bold(clean(file.file)), ...body]
  })
}

function loadLines(load: MemoryLoad): string[] {
  const { context, kv_tokens, slots, layers, quantisation, kv_type, flash_attention } = load
  const how = [
    [load.engine, load.version].filter(Boolean).join(' '),
    quantisation,
    context === null ? null : `${tokensText(context)} tokens`,
    slots === null ? null : slots === 1 ? '1 slot' : `${slots} slots`,
    kv_type,
    flash_attention === null ? null : `Flash Attention ${flash_attention ? 'on' : 'off'}`,
    layers === null ? null : `${layers.offloaded} of ${layers.total} layers on the GPU`,
    load.device,
    kv_tokens === null ? null : `holds ${tokensText(kv_tokens)} tokens`,
  ].filter((part) => part !== null && part !== '')
  const parts = MEMORY_PARTS.flatMap((name) => {
    const bytes = load.parts[name]
    return bytes === undefined ? [] : [row(name, sizeCell(bytes), '')]
  })
  const cache = load.parts.kv_cache
  const tokens = kv_tokens ?? context
  const each =
    cache === undefined || !tokens
      ? []
      : [row('a token', kilobytes(cache / tokens), 'the cache by its tokens')]
  return [
    clean(`  ${load.model}`),
    clean(`    ${how.join(', ')}`),
    ...parts,
    row('together', sizeCell(sumOf(load)), ''),
    ...each,
  ]
}

function needLines({ parts, bytes, restsOn }: Omit<MemoryNeed, 'contextFor'>): string[] {
  const rows = parts.map((part) =>
    row(part.name, part.bytes === null ? 'unknown' : sizeCell(part.bytes), sourceOf(part)),
  )
  const sum = bytes === null ? 'unknown' : sizeCell(bytes)
  return [
    ...rows,
    row('together', sum, 'of what is known'),
    clean(`    rests on: ${restsOn.join('; ')}`),
  ]
}

function sourceOf({ source }: MemoryPart): string {
  return source.from === 'unknown' ? source.why : source.from
}

function row(name: string, size: string, remark: string): string {
  const title = name === 'kv_cache' ? 'KV cache' : name
  return clean(`    ${title.padEnd(WIDTH)}${size.padStart(WIDTH)}  ${remark}`).trimEnd()
}
