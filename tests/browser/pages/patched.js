// What old libraries do to a page: methods that for…in finds, serializers of their own, loaders of modules.
Array.prototype.last = function () {
  return this[this.length - 1]
}
Object.prototype.extended = true
String.prototype.toJSON = function () {
  return `"${this}"`
}
Array.prototype.toJSON = function () {
  return `[${this.length}]`
}
const stringify = JSON.stringify
JSON.stringify = (...given) => {
  window.stringified = (window.stringified ?? 0) + 1
  return stringify(...given)
}
window.define = Object.assign(() => {}, { amd: {} })
window.module = { exports: {} }
const attach = Element.prototype.attachShadow
Element.prototype.attachShadow = function (options) {
  return attach.call(this, { ...options, mode: 'open' })
}
const listen = EventTarget.prototype.addEventListener
EventTarget.prototype.addEventListener = function (...given) {
  return listen.apply(this, given)
}
window.onmessage = event => {
  document.getElementById('messages').textContent = String(event.data)
}
