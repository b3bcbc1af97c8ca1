import { realpath, stat } from 'node:fs/promises'
import { extname, relative } from 'node:path'
import { readRegularFile } from '../../host/regular-file.ts'
import { mediaFile } from '../session/index.ts'
import { oneLine } from './escape.ts'
import { MOST_FILE, MOST_FILES } from './limits.ts'
import type { PageFile } from './types.ts'

/** What a browser plays or shows, by the ending of its file. Nothing else is ever put into the page. */
const MEDIA: Readonly<Record<string, string>> = {
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.flac': 'audio/flac',
  '.m4a': 'audio/mp4',
  '.aac': 'audio/aac',
  '.webm': 'audio/webm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.svg': 'image/svg+xml',
}
const MOST_FILE_NAME = 200

/** Puts sounds and pictures of results into the page, as far as they fit; the rest is linked. */
export class Files {
  /** Base64 of each file; its index is the block's number. */
  readonly blocks: { type: string; content: string }[] = []
  /** How many are linked only because they are too large or there are too many. */
  linked = 0
  readonly #directory: string
  readonly #seen = new Map<string, Promise<PageFile>>()
  #size = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** A file that a result names: from the session's folder, an input from the project's root. */
  async add(path: string, name = path): Promise<PageFile> {
    let file = this.#seen.get(path)
    if (file === undefined) {
      file = this.#load(path)
      this.#seen.set(path, file)
    }
    return { ...(await file), name: oneLine(name, MOST_FILE_NAME) }
  }

  async #load(path: string): Promise<PageFile> {
    const type = MEDIA[extname(path).toLowerCase()] ?? 'application/octet-stream'
    const absent = { name: path, type, link: null, block: null, size: null }
    const real = path.includes('\0') ? null : await mediaFile(this.#directory, path)
    if (real === null) return absent
    const { size } = await stat(real)
    const link = linkTo(relative(await realpath(this.#directory), real))
    const there = { ...absent, link, size }
    if (type === 'application/octet-stream') return there
    if (size > MOST_FILE || this.#size + size > MOST_FILES) {
      this.linked += 1
      return there
    }
    const content = await readRegularFile(real, MOST_FILE).catch(() => null)
    if (content === null) return there
    this.#size += size
    this.blocks.push({ type, content: content.toString('base64') })
    return { ...there, block: this.blocks.length - 1 }
  }
}

/** A path relative to the page as a link, also where it looks like an address. */
export function linkTo(path: string): string {
  const link = path.toWellFormed().split(/[\\/]/u).map(encodeURIComponent).join('/')
  return link.startsWith('.') ? link : `./${link}`
}
