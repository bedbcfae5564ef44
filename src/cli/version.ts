import about from '../../package.json' with { type: 'json' };

/** fairlead's own version, as package.json states it. */
export const version: string = about.version;
