/** What an element may be given: attributes, `on…` listeners, and `text`, which is never read as HTML. */
export type Props = Readonly<
  Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>
>

export type Child = Node | string | null | false

/** An element with attributes and children; strings become text. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props | null = null,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children) {
    if (child !== null && child !== false) element.append(child)
  }
  return element
}

/** Text of somebody else: its direction is its own and does not spill. */
export function foreign(text: string, className = ''): HTMLElement {
  return h('bdi', className === '' ? null : { class: className }, text)
}

/** Replaces all that an element holds. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null && child !== false))
}

/** A heading, its text and what follows it as a section. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  return h('section', { class: 'card', 'aria-label': title }, h('h2', null, title), ...children)
}

/** A table with a head; a cell that is a string becomes text. */
export function table(
  heads: readonly (string | { text: string; title?: string; number?: boolean })[],
  rows: readonly (readonly Child[])[],
  label: string,
): HTMLElement {
  const columns = heads.map((head) => (typeof head === 'string' ? { text: head } : head))
  const numeric = (at: number): string | null => {
    const column = columns[at]
    return column !== undefined && 'number' in column && column.number ? 'number' : null
  }
  return h(
    'div',
    { class: 'wide', tabindex: '0', role: 'region', 'aria-label': label },
    h(
      'table',
      { class: 'plain' },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ...columns.map((column, at) =>
            h(
              'th',
              {
                scope: 'col',
                class: numeric(at),
                title: 'title' in column ? column.title : null,
              },
              column.text,
            ),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        ...rows.map((cells) =>
          h('tr', null, ...cells.map((cell, at) => h('td', { class: numeric(at) }, cell))),
        ),
      ),
    ),
  )
}
