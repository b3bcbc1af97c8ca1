const KEY = 'jarvis-report-theme'
const THEMES = ['auto', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

/** Takes the theme that was chosen last, where the browser kept it. */
export function restoreTheme(): void {
  const kept = THEMES.find((theme) => theme === stored())
  apply(kept ?? 'auto')
}

/** The theme that is chosen; `auto` follows the system. */
export function theme(): Theme {
  return THEMES.find((one) => one === document.documentElement.dataset['theme']) ?? 'auto'
}

/** The other one of light and dark than what is seen. */
export function toggleTheme(): Theme {
  const systemIsDark = matchMedia('(prefers-color-scheme: dark)').matches
  const isDark = theme() === 'dark' || (theme() === 'auto' && systemIsDark)
  const next = isDark ? 'light' : 'dark'
  apply(next === (systemIsDark ? 'dark' : 'light') ? 'auto' : next)
  return theme()
}

function apply(next: Theme): void {
  document.documentElement.dataset['theme'] = next
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // A page from disk may have no storage: then the choice holds until it is closed.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
