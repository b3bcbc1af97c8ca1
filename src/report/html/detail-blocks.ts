import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  DETAILS_PER_BLOCK,
  MOST_BLOCK_TEXT,
  MOST_OTHER_DETAILS,
  MOST_PASSED_DETAILS,
} from './limits.ts'
import type { ResultDetail } from './types.ts'

const compress = promisify(gzip)

interface OpenBlock {
  index: number
  texts: string[]
  size: number
}

/**
 * Details of results, compressed in blocks of some that follow each other: the page unpacks one when a result of
 * it is opened. Results that passed and others lie apart, each with a limit of its own.
 */
export class DetailBlocks {
  /** Base64 of the compressed JSON of each block; its index is the block's number. */
  readonly blocks: string[] = []
  leftOut = 0
  readonly #open = new Map<boolean, OpenBlock>()
  readonly #sizes = new Map([
    [true, 0],
    [false, 0],
  ])

  /** Whether more fits of this kind; counts what does not. */
  hasRoom(passed: boolean): boolean {
    const most = passed ? MOST_PASSED_DETAILS : MOST_OTHER_DETAILS
    const room = (this.#sizes.get(passed) ?? 0) < most
    if (!room) this.leftOut += 1
    return room
  }

  /** Adds the details of a result and answers with the number of their block. */
  async add(detail: ResultDetail, passed: boolean): Promise<number> {
    const block = this.#open.get(passed) ?? this.#openBlock(passed)
    const text = JSON.stringify(detail)
    block.texts.push(text)
    block.size += text.length
    if (block.texts.length >= DETAILS_PER_BLOCK || block.size >= MOST_BLOCK_TEXT) {
      await this.#close(block, passed)
    }
    return block.index
  }

  /** Closes what is open. */
  async end(): Promise<void> {
    for (const [passed, block] of this.#open) {
      // oxlint-disable-next-line no-await-in-loop -- two at most
      await this.#close(block, passed)
    }
  }

  #openBlock(passed: boolean): OpenBlock {
    const block = { index: this.blocks.length, texts: [], size: 0 }
    this.blocks.push('')
    this.#open.set(passed, block)
    return block
  }

  async #close(block: OpenBlock, passed: boolean): Promise<void> {
    this.#open.delete(passed)
    const text = (await compress(`[${block.texts.join(',')}]`)).toString('base64')
    this.blocks[block.index] = text
    this.#sizes.set(passed, (this.#sizes.get(passed) ?? 0) + text.length)
  }
}
