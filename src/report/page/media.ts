import type { PageFile } from '../html/types.ts'
import { addressOf } from './data.ts'
import { foreign, h } from './dom.ts'
import { bytes } from './format.ts'

/** Files of a result under a heading: sounds to hear, pictures to see, the rest as links; null without any. */
export function filesBlock(title: string, files: readonly PageFile[]): HTMLElement | null {
  if (files.length === 0) return null
  return h('section', { class: 'part' }, h('h3', null, title), ...files.map(fileOf))
}

function fileOf(file: PageFile): HTMLElement {
  const { name, link, size, block } = file
  const label = foreign(name)
  const where = block === null ? 'beside the page' : 'in the page'
  return h(
    'figure',
    { class: 'file' },
    mediaOf(file),
    h(
      'figcaption',
      null,
      link === null ? label : h('a', { href: link }, label),
      h('span', { class: 'muted' }, size === null ? ' – not there' : ` ${bytes(size)}, ${where}`),
    ),
  )
}

function mediaOf(file: PageFile): HTMLElement | null {
  if (file.size === null) return null
  if (file.type.startsWith('audio/')) {
    const audio = h('audio', { controls: true, preload: 'metadata', 'aria-label': file.name })
    void give(audio, file)
    return audio
  }
  if (file.type.startsWith('image/')) {
    const image = h('img', { alt: file.name, loading: 'lazy' })
    void give(image, file)
    return image
  }
  return null
}

async function give(element: HTMLAudioElement | HTMLImageElement, file: PageFile): Promise<void> {
  const address = await addressOf(file)
  if (address !== null) element.src = address
}
