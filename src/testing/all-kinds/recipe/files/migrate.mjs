// The simulated host knows what this does.
console.log(`migrated to ${process.env.SCHEMA}`);
