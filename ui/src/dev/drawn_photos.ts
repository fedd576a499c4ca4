// Development only: the dev server answers /drawn-photo/ with pictures drawn from their name.
import type { Plugin } from 'vite';

export function drawnPhotos(): Plugin {
  return {
    name: 'drawn-photos',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use('/drawn-photo/', (request, response) => {
        const name = decodeURIComponent(request.url ?? '');
        if (name.includes('missing')) {
          response.statusCode = 404;
          response.end();
          return;
        }
        response.setHeader('Content-Type', 'image/bmp');
        response.end(draw(name, name.includes('large') ? 960 : 200));
      });
    },
  };
}

/** A sky, a ground and one blob, as a 24-bit BMP. */
function draw(name: string, width: number): Buffer {
  const seed = [...name].reduce((hash, letter) => (hash * 33 + (letter.codePointAt(0) ?? 0)) >>> 0, 5381);
  const height = (width * 3) / 4;
  const stride = (width * 3 + 3) & ~3;
  const file = Buffer.alloc(54 + stride * height);
  file.write('BM', 0);
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(-height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  const sky = [160 + (seed % 60), 190 + (seed % 30), 205 + (seed % 40)];
  const ground = [130 + ((seed >> 3) % 50), 125 + ((seed >> 5) % 40), 105 + ((seed >> 7) % 40)];
  const blob = [(seed >> 4) % 160, 60 + ((seed >> 6) % 110), 60 + ((seed >> 8) % 130)];
  const horizon = height * (0.35 + ((seed >> 2) % 20) / 100);
  const [x0, y0, rx, ry] = [width * (0.3 + ((seed >> 5) % 40) / 100), height * 0.68, width * (0.1 + ((seed >> 9) % 18) / 100), height * 0.13];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const inside = ((x - x0) / rx) ** 2 + ((y - y0) / ry) ** 2 < 1;
      const [red = 0, green = 0, blue = 0] = inside ? blob : y < horizon ? sky : ground;
      const shade = 1 - (y / height) * 0.18;
      const at = 54 + y * stride + x * 3;
      file[at] = blue * shade;
      file[at + 1] = green * shade;
      file[at + 2] = red * shade;
    }
  }
  return file;
}
