/**
 * How places on the earth are laid out on a small map: north is up, and in its middle a degree is as long both ways as it
 * is on the ground (equirectangular projection).
 * @typedef {{latitude: number, longitude: number}} Place degrees, north and east positive
 */

/** Length of a degree along a meridian: 1/360 of the circumference of a sphere of the earth's mean radius, 6371.0088 km. */
const DEGREE_KM = (6371.0088 * Math.PI) / 180;
const LEAST_DEGREES = 0.004; // some 450 m: what lies closer together is not told apart by GPS
const MARGIN = 44;
const MOST_HEIGHT = 420;
const MOST_DEGREES_OF_A_SCALE = 15; // over more, one bar is wrong for the north or the south of the map

export class MapFrame {
  /**
   * @param {Place[]} places all of which are to be seen; at least one
   * @param {number} width of the map, pixels
   */
  constructor(places, width) {
    const latitudes = places.map((place) => place.latitude);
    const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
    const { west, span } = stretchOf(places.map((place) => place.longitude));
    this.width = width;
    this.middle = { latitude: (south + north) / 2, longitude: west + span / 2 };
    this.squeeze = Math.max(Math.cos((this.middle.latitude * Math.PI) / 180), 0.02);
    const [across, down] = [Math.max(span * this.squeeze, LEAST_DEGREES), Math.max(north - south, LEAST_DEGREES)];
    this.height = Math.round(Math.min(width * Math.min(Math.max(down / across, 0.4), 0.7), MOST_HEIGHT));
    /** Pixels of a degree along a meridian. */
    this.scale = Math.min((width - 2 * MARGIN) / across, (this.height - 2 * MARGIN) / down);
  }

  /** @param {Place} place @returns {{x: number, y: number}} pixels */
  project({ latitude, longitude }) {
    const east = modulo(longitude - this.middle.longitude + 180, 360) - 180;
    return {
      x: this.width / 2 + east * this.squeeze * this.scale,
      y: this.height / 2 - (latitude - this.middle.latitude) * this.scale,
    };
  }

  /** Round meridians and parallels that the map shows. @returns {{meridians: Line[], parallels: Line[]}} */
  graticule() {
    const { latitude, longitude } = this.middle;
    const halves = { across: this.width / 2 / this.scale / this.squeeze, down: this.height / 2 / this.scale };
    const lines = (from, to, step) => roundNumbers(from, to, step).map((value) => ({ value, step }));
    const parallels = lines(Math.max(latitude - halves.down, -90), Math.min(latitude + halves.down, 90), roundStep(80 / this.scale));
    const meridians = lines(longitude - Math.min(halves.across, 180), longitude + Math.min(halves.across, 179.99), roundStep(110 / this.scale / this.squeeze));
    return {
      parallels: parallels.map(({ value, step }) => ({ at: this.project({ ...this.middle, latitude: value }).y, label: degrees(value, "N", "S", step) })),
      meridians: meridians.map(({ value, step }) => ({ at: this.project({ ...this.middle, longitude: value }).x, label: degrees(modulo(value + 180, 360) - 180, "E", "W", step) })),
    };
  }

  /** A bar of a round length; null where the map is too large for one. @returns {{pixels: number, label: string}|null} */
  bar() {
    if (this.height / this.scale > MOST_DEGREES_OF_A_SCALE) return null;
    const most = (110 / this.scale) * DEGREE_KM;
    const power = 10 ** Math.floor(Math.log10(most));
    const km = power * [5, 2, 1].find((digit) => digit * power <= most);
    return { pixels: (km / DEGREE_KM) * this.scale, label: km < 1 ? `${Math.round(1000 * km)} m` : `${km} km` };
  }
}

/** @param {Place} place */
export const nameOfPlace = ({ latitude, longitude }) => `${degrees(latitude, "N", "S", 0.001)}, ${degrees(longitude, "E", "W", 0.001)}`;

/** @typedef {{at: number, label: string}} Line where it crosses the map, pixels, and what it is called */

/** The shortest stretch that holds all longitudes; it may cross the date line. */
function stretchOf(longitudes) {
  const sorted = [...longitudes].sort((a, b) => a - b);
  const gaps = sorted.map((value, index) => (index ? value - sorted[index - 1] : value + 360 - sorted[sorted.length - 1]));
  const widest = Math.max(...gaps);
  return { west: sorted[gaps.indexOf(widest)], span: 360 - widest };
}

/** A round number of degrees, at least as many. */
function roundStep(least) {
  if (least > 20) return [30, 45, 60, 90].find((step) => step >= least) ?? 90;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((digit) => digit * power >= least * 0.999);
}

function roundNumbers(from, to, step) {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, index) => (first + index) * step);
}

function degrees(value, positive, negative, step) {
  const text = Math.abs(value).toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return Number(text) === 0 ? "0°" : `${text}° ${value > 0 ? positive : negative}`;
}

const modulo = (value, by) => ((value % by) + by) % by;
