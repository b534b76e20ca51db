import { useEffect, useState } from 'preact/hooks'

/** A module that is loaded once it is `wanted`; null when that failed: it is tried again when that is another value. */
export function useLater<M>(load: () => Promise<M>, wanted: unknown): M | null | undefined {
  const [module, setModule] = useState<M | null>()
  useEffect(() => {
    if (!wanted || module) return
    let here = true
    load().then(
      loaded => here && setModule(loaded),
      () => here && setModule(null),
    )
    return () => {
      here = false
    }
  }, [wanted])
  return module
}
