// The template is a package like any other, so its tests run where it stands.
import '../template/test/new-package.test.js';
