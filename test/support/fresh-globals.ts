/** What the file before has left in this process, such as values that are secret, is not there for the next one. */
for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
  if (Symbol.keyFor(symbol)?.startsWith('jarvis.') === true) {
    Reflect.deleteProperty(globalThis, symbol)
  }
}
