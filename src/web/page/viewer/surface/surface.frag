#version 300 es
precision mediump float;
in vec3 facing;
uniform vec4 colour;
out vec4 pixel;
void main() {
  vec3 normal = normalize(facing);
  float light = 0.3 + 0.7 * max(dot(normal, vec3(-0.27, 0.36, 0.893)), 0.0);
  float gleam = pow(max(dot(normal, vec3(-0.14, 0.19, 0.972)), 0.0), 24.0);
  pixel = vec4(colour.rgb * light + vec3(0.18 * gleam), colour.a);
}
