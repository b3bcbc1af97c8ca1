import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { audioKind, audioType } from '../metrics/index.ts'

/** A file or its bytes. A relative path counts from the scenario file's folder. */
export type MediaSource = string | URL | Uint8Array

/** A file that is sent to a service or kept. */
export interface Media {
  name: string
  /** Media type, such as `image/png`. */
  type: string
  bytes: Uint8Array<ArrayBuffer>
  /** Absolute path; null for bytes. */
  path: string | null
}

const UNKNOWN_TYPE = 'application/octet-stream'

const TYPES: Record<string, string> = {
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.opus': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.pcm': 'audio/pcm',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.wav': 'audio/wav',
  '.webm': 'audio/webm',
  '.webp': 'image/webp',
}

/** Reads a file, or takes bytes as they are. */
export async function loadMedia(source: MediaSource, scenario: string): Promise<Media> {
  if (source instanceof Uint8Array) {
    const bytes = new Uint8Array(source)
    const type = sniff(bytes)
    return { name: `media${extensionOf(type)}`, type, bytes, path: null }
  }
  const path = source instanceof URL ? fileURLToPath(source) : resolve(dirname(scenario), source)
  const bytes = new Uint8Array(await readFile(path))
  return { name: basename(path), type: typeOf(path) ?? sniff(bytes), bytes, path }
}

/** The usual ending of a media type, with its dot; empty for one that is not known. */
export function extensionOf(type: string): string {
  const plain = Object.entries(TYPES).filter(([, one]) => one === type)
  return plain.at(-1)?.[0] ?? ''
}

/** The media type that a name's ending stands for. */
export function typeOf(name: string): string | undefined {
  return TYPES[extname(name).toLowerCase()]
}

/** The bytes in base 64. */
export function base64({ bytes }: Media): string {
  return Buffer.from(bytes).toString('base64')
}

/** As `data:` URL. */
export function dataUrl(media: Media): string {
  return `data:${media.type};base64,${base64(media)}`
}

/** The media type that the first bytes tell; `application/octet-stream` where they do not. */
export function sniff(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (head.startsWith('\u0089PNG')) return 'image/png'
  if (head.startsWith('\u00FF\u00D8\u00FF')) return 'image/jpeg'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp'
  const kind = audioKind(bytes)
  return kind === null ? UNKNOWN_TYPE : audioType(kind)
}
