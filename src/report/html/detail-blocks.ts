import { gzipSync } from 'node:zlib'
import {
  DETAILS_PER_BLOCK,
  MOST_BLOCK_TEXT,
  MOST_OTHER_DETAILS,
  MOST_PASSED_DETAILS,
} from './limits.ts'
import type { ResultDetail } from './types.ts'

/** Most blocks fit into one piece. */
const OUTPUT = { chunkSize: 65_536 }

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
  add(detail: ResultDetail, passed: boolean): number {
    const block = this.#open.get(passed) ?? this.#openBlock(passed)
    const text = JSON.stringify(detail)
    block.texts.push(text)
    block.size += text.length
    if (block.texts.length >= DETAILS_PER_BLOCK || block.size >= MOST_BLOCK_TEXT) {
      this.#close(block, passed)
    }
    return block.index
  }

  /** Closes what is open. */
  end(): void {
    for (const [passed, block] of this.#open) this.#close(block, passed)
  }

  #openBlock(passed: boolean): OpenBlock {
    const block = { index: this.blocks.length, texts: [], size: 0 }
    this.blocks.push('')
    this.#open.set(passed, block)
    return block
  }

  #close(block: OpenBlock, passed: boolean): void {
    this.#open.delete(passed)
    // To hand it to a thread and back would take as long as the compressing itself, and it would be waited for.
    const text = gzipSync(`[${block.texts.join(',')}]`, OUTPUT).toString('base64')
    this.blocks[block.index] = text
    this.#sizes.set(passed, (this.#sizes.get(passed) ?? 0) + text.length)
  }
}
