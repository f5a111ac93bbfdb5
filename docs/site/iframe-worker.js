// A page opened as a file may start no worker. There, a hidden frame takes the search worker's place.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #frame = document.createElement("iframe")
    #ready = new Promise((resolve) => {
      this.#frame.hidden = true
      this.#frame.onload = resolve
    })

    constructor(url) {
      super()
      this.#ready = this.#ready.then(() => {
        const inner = this.#frame.contentWindow
        const load = (source) =>
          new Promise((resolve, reject) => {
            const script = inner.document.createElement("script")
            Object.assign(script, { src: source, onload: resolve, onerror: reject })
            inner.document.body.append(script)
          })
        inner.importScripts = (...sources) =>
          sources.reduce((before, source) => before.then(() => load(source)), Promise.resolve())
        inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }))
        return load(url)
      })
      document.documentElement.append(this.#frame)
    }

    postMessage(data) {
      this.#ready.then(() => {
        const inner = this.#frame.contentWindow
        inner.dispatchEvent(new inner.MessageEvent("message", { data }))
      })
    }
  }
}
