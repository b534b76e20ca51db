// In the widget's build, and in the tests of what is drawn, this stands in for `preact`.
export { render } from './draw.ts'
export { Fragment } from './vnode.ts'
