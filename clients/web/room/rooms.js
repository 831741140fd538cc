export class Rooms { async enter() {} pause() {} speak() {} }
