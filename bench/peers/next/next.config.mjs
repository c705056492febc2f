export default {
  poweredByHeader: false,
  // Another lock file stands in a folder above; without this Next takes that folder for the root.
  turbopack: { root: import.meta.dirname },
};
