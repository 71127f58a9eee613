// What OHIF itself holds and draws, read inside its page. Every function here is sent to the page as it stands, so each is whole by itself; `services`,
// `cornerstone` and `cornerstoneTools` are OHIF's own.

/** The sets of images and overlays that OHIF made of a study, as { modality: id }. */
export const displaySets = () => Object.fromEntries(
  window.services.displaySetService.getActiveDisplaySets().map((set) => [set.Modality, set.displaySetInstanceUID]));

/** True once what was double-clicked is a segmentation that is shown. */
export const isShown = (id) => {
  const viewport = window.services?.viewportGridService.getActiveViewportId();
  const shown = window.cornerstoneTools.segmentation.state.getSegmentationRepresentations(viewport) ?? [];
  return shown.some(({ segmentationId }) => segmentationId === id);
};

/** The series as slices where the viewer has them: `{ origin, along, down, columns, rows, pixels }`, [L, P, S] in mm, a step being one pixel. */
export async function readSeries(id) {
  const { cornerstone, services } = window;
  const base64 = (bytes) => { let text = ""; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text); };
  const slices = [];
  for (const { imageId } of services.displaySetService.getDisplaySetByUID(id).images) {
    const image = await cornerstone.imageLoader.loadAndCacheImage(imageId);
    const plane = cornerstone.metaData.get("imagePlaneModule", imageId);
    slices.push({
      origin: [...plane.imagePositionPatient],
      along: plane.rowCosines.map((part) => part * plane.columnPixelSpacing),
      down: plane.columnCosines.map((part) => part * plane.rowPixelSpacing),
      columns: plane.columns, rows: plane.rows,
      pixels: base64(new Uint8Array(Int16Array.from(image.getPixelData()).buffer)),
    });
  }
  return slices;
}

/** The labels of a SEG in the viewer's slices, in the order of `readSeries`. */
export async function readLabels({ id, series }) {
  const { cornerstone, cornerstoneTools, services } = window;
  const base64 = (bytes) => { let text = ""; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text); };
  const { imageIds } = cornerstoneTools.segmentation.state.getSegmentation(id).representationData.Labelmap;
  const labels = new Map(imageIds.map((imageId) => {
    const image = cornerstone.cache.getImage(imageId);
    return [image.referencedImageId, base64(Uint8Array.from(image.voxelManager.getScalarData()))];
  }));
  return services.displaySetService.getDisplaySetByUID(series).images.map(({ imageId }) => labels.get(imageId));
}

/** The same SEG as the volume that the viewer makes of it for planes across the slices. */
export async function readVolume({ id }) {
  const { cornerstone, cornerstoneTools } = window;
  const base64 = (bytes) => { let text = ""; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text); };
  const { imageIds } = cornerstoneTools.segmentation.state.getSegmentation(id).representationData.Labelmap;
  const volume = cornerstone.volumeLoader.createAndCacheVolumeFromImagesSync(`read-${id}`, imageIds);
  const at = (index) => [...volume.imageData.indexToWorld(index)];
  const origin = at([0, 0, 0]);
  const step = (index) => at(index).map((mm, i) => mm - origin[i]);
  return {
    origin, along: step([1, 0, 0]), down: step([0, 1, 0]), through: step([0, 0, 1]), dimensions: [...volume.dimensions],
    labels: base64(Uint8Array.from(volume.voxelManager.getCompleteScalarDataArray())),
  };
}

/** The labels of a structure set: what the viewer's own test finds inside the polygons that it draws on each slice. */
export async function readContours({ id, series }) {
  const { cornerstone, cornerstoneTools, services } = window;
  const base64 = (bytes) => { let text = ""; for (const byte of bytes) text += String.fromCharCode(byte); return btoa(text); };
  const { annotationUIDsMap } = cornerstoneTools.segmentation.state.getSegmentation(id).representationData.Contour;
  const { containsPoint } = cornerstoneTools.utilities.math.polyline;
  const contours = [...annotationUIDsMap].flatMap(([segment, uids]) => [...uids].map((uid) =>
    ({ segment, polyline: cornerstoneTools.annotation.state.getAnnotation(uid).data.contour.polyline, used: false })));
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const labels = services.displaySetService.getDisplaySetByUID(series).images.map(({ imageId }) => {
    const plane = cornerstone.metaData.get("imagePlaneModule", imageId);
    const [along, down] = [[...plane.rowCosines], [...plane.columnCosines]];
    const normal = [0, 1, 2].map((i) => along[(i + 1) % 3] * down[(i + 2) % 3] - along[(i + 2) % 3] * down[(i + 1) % 3]);
    const found = new Uint8Array(plane.columns * plane.rows);
    for (const contour of contours) {
      const offsets = contour.polyline.map((point) => point.map((mm, i) => mm - plane.imagePositionPatient[i]));
      if (offsets.some((offset) => Math.abs(dot(offset, normal)) > 0.01)) continue;
      contour.used = true;
      const points = offsets.map((offset) => [dot(offset, along) / plane.columnPixelSpacing, dot(offset, down) / plane.rowPixelSpacing]);
      for (let i = 0; i < found.length; i++) {
        if (containsPoint(points, [i % plane.columns, Math.floor(i / plane.columns)])) found[i] = contour.segment;
      }
    }
    return base64(found);
  });
  return { labels, stray: contours.filter(({ used }) => !used).length };
}

/**
 * The pixels of each pane with the overlay and without, at a place [L, P, S] that all of them show: `{ name, width, height, shown, hidden, origin, right,
 * down }`, RGBA, a step being one pixel of the pane in mm.
 */
export async function readPanes({ place, ids, type }) {
  const { cornerstone, cornerstoneTools, services } = window;
  const base64 = (bytes) => { let text = ""; for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192)); return btoa(text); };
  const isSame = (a, b) => a?.length === b.length && a.every((part, i) => part === b[i]);
  const panes = [];
  const settle = () => new Promise((done) => setTimeout(done, 300));
  for (const viewportId of services.viewportGridService.getState().viewports.keys()) {
    const viewport = services.cornerstoneViewportService.getCornerstoneViewport(viewportId);
    const representations = cornerstoneTools.segmentation.state.getSegmentationRepresentations(viewportId).filter(({ segmentationId }) => ids.includes(segmentationId));
    if (representations.length !== ids.length) throw new Error(`${viewportId} shows ${representations.length} segmentations, expected ${ids.length}`);
    const distance = (imageId) => {
      const { imagePositionPatient: at, rowCosines: a, columnCosines: b } = cornerstone.metaData.get("imagePlaneModule", imageId);
      return Math.abs([0, 1, 2].reduce((sum, i) => sum + (place[i] - at[i]) * (a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3]), 0));
    };
    if (viewport.setImageIdIndex) {
      const distances = viewport.getImageIds().map(distance);
      await viewport.setImageIdIndex(distances.indexOf(Math.min(...distances)));
    } else {
      viewport.jumpToWorld(place);
    }
    const read = async (visible) => {
      for (const { segmentationId } of representations) {
        cornerstoneTools.segmentation.config.visibility.setSegmentationRepresentationVisibility(viewportId, { segmentationId, type }, visible);
      }
      viewport.render();
      let last;
      for (let tries = 0; tries < 40; tries++) {
        await settle();
        const canvas = viewport.getCanvas();
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const isStill = isSame(last, data);
        last = data;
        if (isStill) break;
      }
      return last;
    };
    // A slow machine draws late: what is hidden must look the same before and after, and what is shown must look different.
    let [hidden, shown, again] = [];
    for (let tries = 0; tries < 10; tries++) {
      hidden = await read(false);
      shown = await read(true);
      again = await read(false);
      if (isSame(hidden, again) && !isSame(hidden, shown)) break;
    }
    await read(true);
    const { width, height, clientWidth } = viewport.getCanvas();
    const scale = clientWidth / width;
    // The middle of a pixel.
    const at = (x, y) => [...viewport.canvasToWorld([(x + 0.5) * scale, (y + 0.5) * scale])];
    const origin = at(0, 0);
    const step = (x, y, count) => at(x, y).map((mm, i) => (mm - origin[i]) / count);
    panes.push({
      name: viewportId, width, height, hidden: base64(hidden), shown: base64(shown),
      origin, right: step(1000, 0, 1000), down: step(0, 1000, 1000),
      colours: [1, 2, 3].map((segment) => [...cornerstoneTools.segmentation.config.color.getSegmentIndexColor(viewportId, ids[0], segment)]),
    });
  }
  return panes;
}
